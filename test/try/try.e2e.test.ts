import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { nodeArguments } from "../../start/paths.ts";

const sample = fileURLToPath(new URL("samples/every-kind.ics", import.meta.url));
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-try-test-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  out(): string;
  said(): string;
}

/** `npm run try` with these arguments, where settings of the caller's own point at other places. */
function run(...args: string[]): Running {
  const env = {
    ...process.env,
    DATABASE_URL: "postgres://nobody@127.0.0.1:1/mine",
    TEMPORAL_ADDRESS: "127.0.0.1:1",
  };
  const child = spawn(process.execPath, [...nodeArguments("start/try"), ...args], { env });
  let out = "";
  let said = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (said += data.toString()));
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, exit, out: () => out, said: () => said };
}

async function says({ said, exit }: Running, text: string): Promise<void> {
  let ended = false;
  void exit.then(() => (ended = true));
  while (!said().includes(text)) {
    if (ended) throw new Error(`it ended without saying "${text}":\n${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Those of trials. */
async function databases(): Promise<string[]> {
  const client = new pg.Client({ connectionString: inject("databaseUrl") });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>("select datname from pg_database");
  await client.end();
  return rows.map(({ datname }) => datname).filter((name) => name.startsWith("try_"));
}

test("files that cannot be taken are named, the others go on, and the exit code says so", async () => {
  const cut = join(dir, "cut.ics");
  writeFileSync(cut, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMM");
  const trial = run("--json", cut, sample, join(dir, "missing.ics"));
  expect(await trial.exit).toBe(1);
  const report = JSON.parse(trial.out()) as { files: object[]; notTaken: object[]; ok: boolean };
  expect(report.notTaken).toEqual([
    { name: "cut.ics", problem: "BEGIN:VEVENT of line 2 is never ended: it may have been cut off" },
    { name: "missing.ics", problem: "there is no such file" },
  ]);
  expect(report.files).toEqual([
    expect.objectContaining({ file: "every-kind.ics", problems: [], duplicates: 0 }),
  ]);
  expect(trial.said()).toContain("cut.ics: BEGIN:VEVENT of line 2 is never ended");
});

test("with --keep it stays to be looked at, and Ctrl-C leaves nothing behind", async () => {
  const trial = run("--keep", sample);
  await says(trial, "Logs  ");
  const sandbox = /The pretend Google\s+(\S+)/.exec(trial.said())?.[1] ?? "";
  const database = /\/(try_\w+)$/m.exec(trial.said())?.[1] ?? "";
  expect((await fetch(`${sandbox}/sandbox/google/accounts`)).status).toBe(200);
  expect(await databases()).toContain(database);
  trial.child.kill("SIGINT");
  expect(await trial.exit).toBe(130);
  await expect(fetch(`${sandbox}/sandbox/google/accounts`)).rejects.toThrow();
  expect(await databases()).not.toContain(database);
  expect(trial.out()).toMatch(/every-kind\.ics +29 /);
});

test("Ctrl-C in the middle ends what was started", async () => {
  const before = await databases();
  const trial = run(sample);
  await says(trial, "starting the pretend Google");
  trial.child.kill("SIGINT");
  expect(await trial.exit).toBe(130);
  expect(await databases()).toEqual(before);
  expect(trial.out()).toBe("");
});

test("without a file it says how it is used, and the exit code is 2", async () => {
  const trial = run();
  expect(await trial.exit).toBe(2);
  expect(trial.said()).toContain("npm run try -- [options] FILE.ics");
});
