import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { callJson } from "./http-json.ts";
import { stateFolder } from "./paths.ts";
import { rememberedPort } from "./ports.ts";

const usage = `npm run proof -- [connection] [--json]

Proves that a connection (all of them, without an id) is in step: every intent by its
one effect, every link by a fresh look at the provider. Asks the API of the last
"npm start", or that of SYNCLINE_URL with the key SYNCLINE_KEY.

Ends with 0 when all is proven, 1 when something is on its way, 2 when something is broken.`;

/** A listing of a large calendar takes its time. */
const patienceMs = 30 * 60_000;

interface Report {
  connectionId: string;
  provider: string;
  verdict: "proven" | "waiting" | "broken";
  intents: { kind: string; outcome: string; count: number }[];
  links: number;
  items: number;
  counts: Record<"explained" | "waiting" | "broken", number>;
  findings: { weight: string; words: string; eventId: string | null; remoteId: string | null }[];
}

function place(env: NodeJS.ProcessEnv): { url: string; key: string } {
  const dir = stateFolder(env);
  const keyFile = join(dir, "api-key");
  const key =
    env["SYNCLINE_KEY"] ?? (existsSync(keyFile) ? readFileSync(keyFile, "utf8").trim() : undefined);
  if (key === undefined)
    throw new Error("There is no key: run npm start first, or set SYNCLINE_KEY.");
  const port = rememberedPort(join(dir, "api-port")) ?? 3000;
  return { url: env["SYNCLINE_URL"] ?? `http://127.0.0.1:${port}`, key };
}

async function connectionsAt({ url, key }: { url: string; key: string }): Promise<string[]> {
  const page = (await callJson(`${url}/api/connections?limit=500`, { key })) as {
    data: { id: string }[];
  };
  return page.data.map(({ id }) => id);
}

function text(report: Report): string {
  const { connectionId, provider, verdict, links, items, counts } = report;
  const lines = [
    `${connectionId}  ${provider}  ${verdict.toUpperCase()}`,
    `  ${links} links, ${items} items at the provider; ${counts.broken} broken, ${counts.waiting} waiting, ${counts.explained} explained`,
    ...report.intents.map(({ kind, outcome, count }) => `  ${kind} ${outcome}: ${count}`),
    ...report.findings.map(
      ({ weight, words, eventId, remoteId }) =>
        `  ${weight}: ${eventId ?? "-"} / ${remoteId ?? "-"}: ${words}`,
    ),
  ];
  return lines.join("\n");
}

const exits = { proven: 0, waiting: 1, broken: 2 } as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const at = place(process.env);
  const ids = positionals.length > 0 ? positionals : await connectionsAt(at);
  let worst: 0 | 1 | 2 = 0;
  for (const id of ids) {
    const report = (await callJson(`${at.url}/api/connections/${id}/proof`, {
      key: at.key,
      patienceMs,
    })) as Report;
    console.log(values.json ? JSON.stringify(report) : text(report));
    if (exits[report.verdict] > worst) worst = exits[report.verdict];
  }
  return worst;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 3;
});
