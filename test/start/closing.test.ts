import { expect, test } from "vitest";
import { closingFor, type ClosingFacts } from "../../start/closing.ts";

const key = "syncline_dev_made-here";

function closing(more: { dir?: string; env?: NodeJS.ProcessEnv; demo?: string } = {}): string {
  const dir = more.dir ?? "/state";
  const facts = {
    run: { dir, env: more.env ?? {}, options: { cluster: false } },
    found: {
      port: 3000,
      workerHealthPort: 4020,
      sandboxUrl: more.demo === undefined ? undefined : "http://127.0.0.1:4010",
      secrets: { apiKey: more.env?.["BOOTSTRAP_API_KEY"] ?? key, encryptionKeys: "" },
    },
    database: { url: "postgres://postgres:db-secret@127.0.0.1:5432/syncline", own: true },
    temporal: { address: "127.0.0.1:7233", uiUrl: "http://127.0.0.1:8233", own: true },
    demo: more.demo,
    seconds: 4,
  };
  return closingFor(facts as unknown as ClosingFacts);
}

test("what to try goes both ways, and each edit can be seen to arrive", () => {
  const text = closing({ demo: "id" });
  expect(text).toContain("http://127.0.0.1:4010/google");
  expect(text).toMatch(/in Notion.*\n +http:\/\/127\.0\.0\.1:4010\/notion/u);
  expect(text).toMatch(/curl .*syncline_dev_made-here" 'http:.*\/api\/events\?from=/u);
  expect(text).toMatch(/psql -h 127\.0\.0\.1 -p 5432 /u);
  expect(text).toContain("http://127.0.0.1:8233/namespaces/default/workflows");
  expect(text).not.toContain("db-secret");
});

test("the command that reads the password works where the state folder's name has a space", () => {
  expect(closing({ dir: "/my state" })).toMatch(/cat '[^']*my state\/postgres-password'/u);
});

test("an API key of the caller's own is not shown", () => {
  const text = closing({ env: { BOOTSTRAP_API_KEY: "callers-own-secret-key" } });
  expect(text).not.toContain("callers-own-secret-key");
  expect(text).toContain("Bearer $BOOTSTRAP_API_KEY");
});

test("where Google is another one, it is said which", () => {
  expect(closing({ env: { GOOGLE_CLIENT_ID: "x" } })).toContain("Google is the real one");
  expect(closing({ env: { GOOGLE_API_URL: "http://x" } })).toContain("where GOOGLE_API_URL says");
});

test("where Notion is another one, no pretend one is shown", () => {
  const text = closing({ demo: "id", env: { NOTION_CLIENT_ID: "x" } });
  expect(text).toContain("Pretend Google");
  expect(text).not.toMatch(/Pretend Notion|\/notion/u);
});
