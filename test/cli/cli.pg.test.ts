import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Company, startApi, type TestApi } from "../api/harness.ts";
import { until } from "../support/until.ts";

let api: TestApi;
let company: Company;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
  api.rings.length = 0;
});
afterAll(() => api.stop());

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** The real command, as a process. */
function begin(args: readonly string[], key = company.keys.owner) {
  const child = spawn(process.execPath, ["cli/syncline.mjs", ...args], {
    env: { PATH: process.env["PATH"], SYNCLINE_API_URL: api.url, SYNCLINE_API_KEY: key },
  });
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (ran.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (ran.err += chunk.toString()));
  const ended = new Promise<Ran>((resolve) => {
    child.on("close", (code) => resolve(Object.assign(ran, { code })));
  });
  return { child, ran, ended };
}
const cli = (line: string, key?: string): Promise<Ran> => begin(line.split(" "), key).ended;
const ofJson = async (line: string) => JSON.parse((await cli(`${line} --json`)).out);

test("status, by name and for programs", async () => {
  const all = await cli("status");
  expect([all.code, all.out]).toEqual([
    0,
    expect.stringMatching(/Team \(google-calendar\) +up to date/),
  ]);
  expect(await ofJson("status team")).toMatchObject([
    { id: company.connectionId, name: "Team", status: "up to date" },
  ]);
  expect(await cli("status nobody")).toMatchObject({ code: 3, out: "" });
});

test("a key that is wrong, one that may not, and nobody there", async () => {
  const wrong = await cli("status", "no-such-key");
  expect([wrong.code, wrong.err]).toEqual([5, expect.stringContaining("What to do: ")]);
  expect((await cli("keys", company.keys.member)).code).toBe(5);
  expect((await cli("status --api http://127.0.0.1:9")).code).toBe(4);
  expect((await cli("status --nonsense")).code).toBe(2);
});

describe("sync", () => {
  test("rings as every person does, and is followed to its five numbers", async () => {
    const { ended, ran } = begin(["sync", "team", "--follow"]);
    await until(async () => ran.err.includes("Session "));
    const [session] = await api.sql<{ id: string }>(
      "select id from sync_sessions where connection_id = $1",
      [company.connectionId],
    );
    await api.sql(
      `insert into sync_logs (company_id, session_id, level, message) values ($1, $2, 'info', 'one page was read')`,
      [company.id, session?.id],
    );
    await until(async () => ran.err.includes("one page was read"));
    await api.sql(
      "update sync_sessions set status = 'completed', completed_at = now(), local_updated = 4 where id = $1",
      [session?.id],
    );
    expect(await ended).toMatchObject({
      code: 0,
      out: `Session ${session?.id} done: 0 created, 4 updated, 0 deleted, 0 unchanged, 0 failed\n`,
    });
    expect(api.rings).toMatchObject([{ trigger: "manual", by: "owner" }]);
    expect(await ofJson("sessions --connection team")).toMatchObject([
      { id: session?.id, trigger: "manual", triggeredBy: "owner" },
    ]);
  });

  test("goes on when Ctrl-C ends the following", async () => {
    const { child, ended, ran } = begin(["sync", "team", "--follow"]);
    await until(async () => ran.err.includes("Session "));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({
      code: 130,
      out: "",
      err: expect.stringContaining("goes on"),
    });
    const rows = await api.sql("select status from sync_sessions where connection_id = $1", [
      company.connectionId,
    ]);
    expect(rows).toEqual([{ status: "queued" }]);
  });

  test("of a connection that is paused waits for a person", async () => {
    await api.sql("update connections set enabled = false where id = $1", [company.connectionId]);
    const refused = await cli("sync team");
    expect([refused.code, refused.err]).toEqual([6, expect.stringContaining("is paused")]);
  });
});

test("keys are made for scripts, work, and end", async () => {
  const made = await cli("keys make phone --role admin");
  const key = made.out.trim();
  expect([made.code, key]).toEqual([0, expect.stringMatching(/^syncline_[\w-]{43}$/)]);
  expect((await cli("status", key)).code).toBe(0);
  const phone = (await ofJson("keys")).find(({ name }: { name: string }) => name === "phone");
  expect((await cli(`keys revoke ${phone.id}`)).code).toBe(0);
  expect((await cli("status", key)).code).toBe(5);
});

test("schedules are made, paused with a reason and resumed", async () => {
  const made = await ofJson("schedules add team --every 4h --zone Europe/Vilnius");
  expect(made).toMatchObject({ cadence: { everyHours: 4 }, zone: "Europe/Vilnius", enabled: true });
  const paused = await cli(`schedules pause ${made.id} --reason holidays`);
  expect(paused.out).toContain("is paused: holidays");
  expect(await ofJson("schedules team")).toMatchObject([
    { enabled: false, pausedReason: "holidays" },
  ]);
  expect((await cli(`schedules resume ${made.id}`)).out).toContain("runs again");
  expect((await cli(`schedules resume ${randomUUID()}`)).code).toBe(3);
});

test("the queue, conflicts and changes of a company where nothing has happened", async () => {
  expect(await cli("queue")).toMatchObject({ code: 0, out: "0 pending; 0 completed; 0 failed\n" });
  expect(await cli("queue retry")).toMatchObject({ code: 0, out: "Nothing is to be done.\n" });
  expect(await cli("queue clean --older-than 3")).toMatchObject({ code: 0, out: "0 forgotten.\n" });
  expect(await cli("conflicts")).toMatchObject({ code: 0, out: "(nothing)\n" });
  expect((await cli(`conflicts resolve ${randomUUID()} ours`)).code).toBe(3);
  expect(await ofJson("changes")).toEqual([]);
  expect((await cli(`why ${randomUUID()}`)).code).toBe(3);
});

test("what a program that reads the beginning leaves unread is no failure", async () => {
  const { child, ended } = begin(["--help"]);
  child.stdout.destroy();
  expect((await ended).code).toBe(0);
});
