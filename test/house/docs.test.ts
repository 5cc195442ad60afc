import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { codes } from "../../api/problems.ts";

const pages = ["README.md", "CONTRIBUTING.md", "bench/README.md", ...pagesIn("docs")].filter(
  (page) => existsSync(page),
);

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? pagesIn(join(folder, entry.name))
      : entry.name.endsWith(".md")
        ? [join(folder, entry.name)]
        : [],
  );
}

/** Links relative to the page, and paths of the repository in code spans. */
function pathsIn(page: string): string[] {
  const text = readFileSync(page, "utf8").replaceAll(/```[\s\S]*?```/g, "");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, to]) =>
    join(dirname(page), to ?? ""),
  );
  const spans = [...text.matchAll(/`([\w.-]+\/[\w./-]*|[\w-]+\.(?:ts|mjs|json|yml|md))`/g)].map(
    ([, path]) => path ?? "",
  );
  return [
    ...links,
    ...spans.filter(
      (path) => /^[\w.-]+\/$|\.(ts|mjs|json|yml|md|sql)$/.test(path) && !isGiven(page, path),
    ),
  ];
}

/** Names of files that a reader is to make, and of folders that appear when the product runs. */
function isGiven(page: string, path: string): boolean {
  return (
    path === ".syncline/" ||
    path === "web/" ||
    path === "main.ts" ||
    (page.endsWith("adding-a-connector.md") && !path.includes("/"))
  );
}

test.each(pages)("%s names only paths that exist", (page) => {
  expect(
    pathsIn(page).filter((path) => !existsSync(path) && !existsSync(join(dirname(page), path))),
  ).toEqual([]);
});

test("the runbook has every error of the API, as the API words it", () => {
  const runbook = readFileSync("docs/runbook.md", "utf8");
  for (const [code, [status, title, action]] of Object.entries(codes))
    expect(runbook).toContain(
      `| \`${code}\` | ${status} | ${title} | ${action} | \`/problems/${code}\` |`,
    );
});

test("the runbook explains every code that can end a session", () => {
  const runbook = readFileSync("docs/runbook.md", "utf8");
  const codes =
    /export type StopCode =([^;]+);/
      .exec(readFileSync("activities/failures.ts", "utf8"))?.[1]
      ?.match(/\w+/g) ?? [];
  expect(codes.length).toBeGreaterThan(3);
  for (const code of [...codes, "internal"])
    expect(runbook).toMatch(new RegExp(`\\| \`${code}\` +\\|`));
});
