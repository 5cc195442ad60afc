import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, describe, expect, test } from "vitest";

const written: string[] = [];

afterEach(() => {
  for (const file of written.splice(0)) rmSync(file, { force: true });
});

/** Lints one file that would stand in a folder of the house, and answers what the linter says. */
function lint(file: string, source: string): { status: number; output: string } {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  written.push(file);
  const run = spawnSync(
    process.execPath,
    ["node_modules/oxlint/bin/oxlint", "-c", "oxlint.config.mjs", file],
    { encoding: "utf8" },
  );
  return { status: run.status ?? 1, output: run.stdout + run.stderr };
}

describe("a forbidden import is caught", () => {
  const forbidden: [string, string][] = [
    ["sync/forbidden-by-test.ts", 'import { rows } from "../db/client.ts";\nrows;\n'],
    [
      "connectors/google-calendar/forbidden-by-test.ts",
      'import { createMemory } from "../memory/index.ts";\ncreateMemory;\n',
    ],
    [
      "connectors/google-calendar/forbidden-by-test.ts",
      'import { rows } from "../../db/client.ts";\nrows;\n',
    ],
    [
      "workflows/forbidden-by-test.ts",
      'import { createActivities } from "../activities/index.ts";\ncreateActivities;\n',
    ],
    [
      "sandbox/forbidden-by-test.ts",
      'import { eventFields } from "../sync/event.ts";\neventFields;\n',
    ],
    [
      "activities/forbidden-by-test.ts",
      'import { loadConfig } from "../config.ts";\nloadConfig;\n',
    ],
    [
      "api/forbidden-by-test.ts",
      'import { createWorker } from "../worker/worker.ts";\ncreateWorker;\n',
    ],
  ];
  test.each(forbidden)("in %s: %s", (file, source) => {
    const { status, output } = lint(file, source);
    expect(output).toContain("no-restricted-imports");
    expect(status).not.toBe(0);
  });
});

test("what the table allows is not caught", () => {
  const { output } = lint(
    "workflows/allowed-by-test.ts",
    'import type { Activities } from "../activities/index.ts";\nexport type A = Activities;\n',
  );
  expect(output).not.toContain("no-restricted-imports");
});

test("the architecture page shows the same table", async () => {
  const page = readFileSync("docs/architecture.md", "utf8");
  const { importRules } = (await import(
    new URL("../../import-rules.mjs", import.meta.url).href
  )) as { importRules: Record<string, { values: string[]; types: string[] }> };
  const shown = [...page.matchAll(/^\| `([a-z]+)\/` +\|[^|]*\|([^|]*)\|$/gm)].map(
    ([, folder = "", cell = ""]) => {
      const parts = cell.split(";");
      const foldersIn = (asTypes: boolean): string[] =>
        parts
          .filter((part) => part.includes("as types") === asTypes)
          .flatMap((part) => [...part.matchAll(/`([a-z]+)\/`/g)].map(([, name = ""]) => name));
      return [folder, { values: foldersIn(false), types: foldersIn(true) }];
    },
  );
  expect(Object.fromEntries(shown)).toEqual(importRules);
});
