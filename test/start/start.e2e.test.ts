import { createServer } from "node:net";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeProcess } from "../../start/os-process.ts";
import { waitForTemporal } from "../../start/temporal-ready.ts";
import { StubProject } from "./stub-project.ts";

const ready = /Syncline is ready after ([\d.]+) s/u;
let project: StubProject;

beforeEach(() => {
  project = new StubProject();
});
afterEach(() => project.remove());

async function query(text: string): Promise<unknown[]> {
  const port = project.state("postgres-port");
  const client = new pg.Client(
    `postgres://postgres:${project.state("postgres-password")}@127.0.0.1:${port}/syncline`,
  );
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function childPids(): number[] {
  const record = JSON.parse(project.state("run.json")) as {
    children: Record<string, { pid: number }>;
  };
  return [
    ...Object.values(record.children).map((child) => child.pid),
    Number.parseInt(project.state("temporal.pid"), 10),
  ];
}

describe("npm start", { timeout: 120_000 }, () => {
  test("is ready within 15 seconds, prints the table, keeps its state, and ends cleanly on Ctrl-C", async () => {
    const first = project.run("main");
    await first.says(ready);
    expect(Number(ready.exec(first.output)?.[1])).toBeLessThan(15);
    expect(first.output).toContain("the demo calendar is in step");
    const key = /syncline_dev_\S+/u.exec(first.output)?.[0];
    const environment = (await (await fetch(first.address("API"))).json()) as {
      environment: unknown;
    };
    expect(environment.environment).toEqual({
      google: first.address("Pretend Google"),
      notion: first.address("Pretend Google"),
      public: first.address("API"),
    });
    await query("create table kept (n int)");
    const pids = childPids();
    first.child.kill("SIGINT");
    expect(await first.exit).toBe(0);
    expect(pids.map(describeProcess)).toEqual(pids.map(() => undefined));

    const second = project.run("main");
    await second.says(ready);
    expect(second.output).toContain("the demo company is still there");
    expect(second.output).toContain(String(key));
    expect(await query("select * from kept")).toEqual([]);
  });

  test("a second start while one runs names the addresses of the first", async () => {
    const first = project.run("main");
    await first.says(ready);
    const second = project.run("main");
    expect(await second.exit).toBe(1);
    expect(second.output).toContain("Syncline runs already");
    expect(second.output).toContain(`API: ${first.address("API")}`);
    const reset = project.run("reset");
    expect(await reset.exit).toBe(1);
    expect(reset.output).toContain("runs already");
    expect((await fetch(first.address("API"))).status).toBe(200);
  });

  test("a start after SIGKILL takes over, ends what was left and has the data", async () => {
    const first = project.run("main", ["--no-demo"]);
    await first.says(ready);
    await query("create table kept (n int); insert into kept values (7)");
    const left = childPids();
    first.child.kill("SIGKILL");
    await first.exit;
    const reset = project.run("reset");
    expect(await reset.exit).toBe(1);
    const second = project.run("main", ["--no-demo"]);
    await second.says(ready);
    expect(second.output).toContain("left behind");
    expect(left.map(describeProcess)).toEqual(left.map(() => undefined));
    expect(await query("select n from kept")).toEqual([{ n: 7 }]);
  });

  test("a part that dies is started again and named; Postgres and Temporal too", async () => {
    const run = project.run("main", ["--no-demo"]);
    await run.says(ready);
    await fetch(`${run.address("API")}/die`).catch(() => undefined);
    await run.says("API ended by itself (exit code 3)");
    await run.says("API runs again");
    process.kill(Number.parseInt(project.state("temporal.pid"), 10), "SIGKILL");
    await run.says("Temporal runs again");
    const [row] = (await query("select pg_postmaster_start_time() as at")) as { at: Date }[];
    process.kill(postmaster(), "SIGKILL");
    await run.says("Postgres runs again");
    const [after] = (await query("select pg_postmaster_start_time() as at")) as { at: Date }[];
    expect(Number(after?.at)).toBeGreaterThan(Number(row?.at));
  });

  test("a Temporal that is started again is where it was, although its usual port is free by then", async () => {
    const holder = createServer().listen(7233, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve).once("error", resolve));
    const run = project.run("main", ["--no-demo"]);
    await run.says(ready);
    const [temporal, ui] = [run.address("Temporal"), run.address("Temporal UI")];
    expect(temporal).not.toContain(":7233");
    holder.close();
    process.kill(Number.parseInt(project.state("temporal.pid"), 10), "SIGKILL");
    await run.says("Temporal runs again");
    await waitForTemporal(temporal, 5_000);
    expect((await fetch(ui)).status).toBe(200);
  });

  test("a part that cannot run is named with the last lines of its log, and nothing is left running", async () => {
    project.write("worker/main.ts", 'console.error("the disk is on fire"); process.exit(4);');
    const run = project.run("main");
    expect(await run.exit).toBe(1);
    expect(run.output).toContain("the disk is on fire");
    expect(run.output).toContain("the worker ended at once (exit code 4)");
    expect(existsSync(join(project.dir, ".syncline", "run.json"))).toBe(false);
    expect(describeProcess(Number.parseInt(project.state("temporal.pid"), 10))).toBeUndefined();
  });

  test("taken ports are stepped over, and the one taken instead is kept at the next start", async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, "127.0.0.1", () => resolve((holder.address() as { port: number }).port));
    });
    const run = project.run("main", ["--no-demo", "--port", String(port)]);
    await run.says(ready);
    holder.close();
    expect(run.output).toContain(`port ${port} is taken`);
    expect(run.address("API")).not.toContain(`:${port}`);
    expect((await fetch(run.address("API"))).status).toBe(200);
    run.child.kill("SIGINT");
    expect(await run.exit).toBe(0);
    // Push channels call back where the API was when they were opened.
    const second = project.run("main", ["--no-demo"]);
    await second.says(ready);
    expect(second.address("API")).toBe(run.address("API"));
  });

  test("works where the account of Postgres cannot get in, and reset clears both places", async () => {
    chmodSync(project.dir, 0o700);
    const run = project.run("main", ["--no-demo"]);
    await run.says(ready);
    const pointer = join(project.dir, ".syncline", "postgres-location");
    const pointed = existsSync(pointer) ? readFileSync(pointer, "utf8").trim() : undefined;
    expect(pointed === undefined).toBe(process.getuid?.() !== 0);
    run.child.kill("SIGTERM");
    expect(await run.exit).toBe(0);
    const reset = project.run("reset");
    expect(await reset.exit).toBe(0);
    expect(existsSync(join(project.dir, ".syncline"))).toBe(false);
    expect(pointed !== undefined && existsSync(pointed)).toBe(false);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s that reaches npm only ends everything, with exit code 0",
    async (signal) => {
      const run = project.npm("start", "--", "--no-demo");
      await run.says(ready);
      const pids = childPids();
      run.child.kill(signal);
      expect(await run.exit).toBe(0);
      expect(pids.map(describeProcess)).toEqual(pids.map(() => undefined));
    },
  );

  test("a terminal that is closed ends everything, although nobody hears of it any more", async () => {
    const run = project.run("main", ["--no-demo"]);
    await run.says(ready);
    const pids = [...childPids(), postmaster()];
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    run.child.kill("SIGHUP");
    expect(await run.exit).toBe(0);
    expect(pids.map(describeProcess)).toEqual(pids.map(() => undefined));
  });

  test("a Ctrl-C that arrives twice, from the terminal and from npm, is one", async () => {
    const run = project.run("main", ["--no-demo"]);
    await run.says(ready);
    run.child.kill("SIGINT");
    await run.says("Ending");
    run.child.kill("SIGINT");
    expect(await run.exit).toBe(0);
    expect(run.output).toContain("Postgres  ended");
  });

  test("an end during the start leaves nothing running", async () => {
    const run = project.run("main");
    await run.says("sandbox");
    run.child.kill("SIGINT");
    expect(await run.exit).toBe(0);
    expect(run.output).not.toMatch(ready);
    expect(existsSync(join(project.dir, ".syncline", "run.json"))).toBe(false);
    expect(existsSync(join(project.dir, ".syncline", "postgres", "postmaster.pid"))).toBe(false);
  });
});

function postmaster(): number {
  const pid = Number.parseInt(project.state(join("postgres", "postmaster.pid")), 10);
  expect(describeProcess(pid)?.command).toContain(project.dir);
  return pid;
}

describe("what is refused", { timeout: 60_000 }, () => {
  test("every wrong setting is named in one go, and the exit code is 1", async () => {
    const run = project.run("main", [], {
      PORT: "abc",
      DATABASE_URL: "mysql://x",
      LOG_LEVEL: "loud",
      SANDBOX_PORT: "next",
    });
    expect(await run.exit).toBe(1);
    for (const name of ["PORT", "DATABASE_URL", "LOG_LEVEL", "SANDBOX_PORT"])
      expect(run.output).toContain(`${name}: found`);
    expect(existsSync(join(project.dir, ".syncline"))).toBe(false);
  });

  test.each([
    ["DATABASE_URL", "postgres://me:hunter2@localhost:1/x"],
    ["TEMPORAL_ADDRESS", "localhost:1"],
  ])("%s where nobody answers is named, and the exit code is 1", async (name, value) => {
    const connects =
      "const client = new pg.Client(url); await client.connect(); await client.end();";
    project.write(
      "db/migrate.ts",
      `import pg from "pg";\nexport async function migrate(url: string): Promise<void> { ${connects} }`,
    );
    const run = project.run("main", ["--no-demo"], { [name]: value });
    expect(await run.exit).toBe(1);
    expect(run.output).toMatch(new RegExp(`could not be started: .*${name}.*ECONNREFUSED`, "u"));
    expect(run.output).not.toContain("hunter2");
  });

  test("an unknown flag is named, and the exit code is 2", async () => {
    const run = project.run("main", ["--clutser"]);
    expect(await run.exit).toBe(2);
    expect(run.output).toContain("--clutser");
    expect(run.output).toContain("--cluster");
  });

  test("settings are read from .env", async () => {
    writeFileSync(join(project.dir, ".env"), "BRAKE_SHARE=7\n");
    const run = project.run("main");
    expect(await run.exit).toBe(1);
    expect(run.output).toContain("BRAKE_SHARE");
  });
});
