import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../cli/run.ts";

interface Asked {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
}

let state: string;
let asked: Asked[];
let out: string[];
let notes: string[];
let interrupt: AbortController;
/** What the API answers, one after another; the last one again. */
let answers: (() => Response | Promise<Response>)[];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "syncline-cli-"));
  writeFileSync(join(state, "api-key"), "key-of-npm-start\n");
  writeFileSync(join(state, "api-port"), "3456");
  [asked, out, notes, answers] = [[], [], [], []];
  interrupt = new AbortController();
});
afterEach(() => rmSync(state, { recursive: true }));

const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });
const problem = (status: number, code: string) =>
  json({ title: "Title", status, detail: "Detail.", code, action: "Act." }, status);

const fakeFetch: typeof fetch = async (to, init = {}) => {
  const { method = "GET", headers, body } = init;
  const url = String(to);
  asked.push({
    method,
    url,
    headers: new Headers(headers),
    body: typeof body === "string" ? JSON.parse(body) : undefined,
  });
  const next = answers.length > 1 ? answers.shift() : answers[0];
  if (!next) throw new TypeError("fetch failed");
  return next();
};

const typed = (line: string, env: NodeJS.ProcessEnv = {}) =>
  run(line.split(" ").filter(Boolean), {
    env: { SYNCLINE_STATE: state, ...env },
    signal: interrupt.signal,
    out: (text) => out.push(text),
    note: (text) => notes.push(text),
    write: async (bytes) => void out.push(Buffer.from(bytes).toString()),
    start: async (options) => {
      out.push(`start ${options.join(" ")}`);
      return 0;
    },
    fetch: fakeFetch,
  });

const team = {
  id: "11111111-0000-4000-8000-000000000000",
  name: "Team",
  provider: "google-calendar",
  state: "idle",
  status: "up to date",
  lastCompletePassAt: "2026-03-02T10:15:42.000Z",
  nextStep: null,
  pausedReason: null,
  lastError: null,
};
const page = (...data: unknown[]) => json({ data, nextCursor: null });
const counts = { created: 0, updated: 0, deleted: 0, unchanged: 0, failed: 0 };
const session = {
  id: "22222222-0000-4000-8000-000000000000",
  status: "completed",
  errorCode: null,
  error: null,
  local: { ...counts, created: 2, unchanged: 7 },
  remote: { ...counts, created: 1 },
};

describe("which API, and with which key", () => {
  beforeEach(() => answers.push(page(team)));

  test("those of the running npm start", async () => {
    await typed("status");
    expect(asked[0]?.url).toMatch(/^http:\/\/127\.0\.0\.1:3456\/api\/connections/);
    expect(asked[0]?.headers.get("authorization")).toBe("Bearer key-of-npm-start");
  });

  test("the environment's before them, and the options' before that", async () => {
    const env = { SYNCLINE_API_URL: "https://api.example.test/", SYNCLINE_API_KEY: "env" };
    await typed("status", env);
    await typed("status --api http://other.test --key option", env);
    expect(
      asked.map(({ url, headers }) => [new URL(url).origin, headers.get("authorization")]),
    ).toEqual([
      ["https://api.example.test", "Bearer env"],
      ["http://other.test", "Bearer option"],
    ]);
  });

  test("the key of npm start is not sent elsewhere", async () => {
    expect(await typed("status --api http://other.test")).toBe(5);
    expect(asked).toEqual([]);
    expect(notes.join()).toContain("There is no key");
  });
});

describe("what it ends with", () => {
  test.each<[string, number, string]>([
    ["401", 5, "unauthenticated"],
    ["403", 5, "forbidden"],
    ["404", 3, "not_found"],
    ["400", 2, "invalid_request"],
    ["422", 2, "misconfigured"],
    ["409", 6, "plan_under_way"],
    ["409", 6, "not_connected"],
    ["409", 1, "cannot_undo"],
    ["500", 1, "internal"],
    ["503", 4, "database_unavailable"],
    ["429", 4, "too_many_requests"],
  ])("a refusal with %s: %i (%s), in words", async (status, exit, code) => {
    answers.push(problem(Number(status), code));
    expect(await typed("why e1")).toBe(exit);
    expect([out, notes]).toEqual([[], ["Title.\nDetail.\nWhat to do: Act."]]);
  });

  test("a refusal for a program is the API's own object", async () => {
    answers.push(problem(404, "not_found"));
    expect(await typed("why e1 --json")).toBe(3);
    expect(JSON.parse(notes[0] ?? "")).toMatchObject({ code: "not_found", action: "Act." });
  });

  test("nobody answers: 4, and where it was asked", async () => {
    expect(await typed("status")).toBe(4);
    expect(notes[0]).toContain("http://127.0.0.1:3456 is not reached");
  });

  test.each([
    "launch",
    "sync",
    "sync a b",
    "status --nonsense",
    "sessions --limit x",
    "sessions --status over",
    "sync team --streams a,,b",
    "schedules add team",
    "schedules add team --every 4d",
    "schedules add team --every 4h --cron x",
    "schedules pause 1",
    "conflicts resolve 1 mine",
    "keys make phone --role boss",
  ])("`%s` is used wrongly: 2, and nothing is asked", async (line) => {
    expect(await typed(line)).toBe(2);
    expect(asked).toEqual([]);
    expect(notes.join("")).not.toBe("");
  });

  test("help is no mistake and names the codes", async () => {
    expect(await typed("--help")).toBe(0);
    expect(out.join("\n")).toMatch(/Exit codes:[\s\S]*6 {4}waits for a person/);
    expect(await typed("sync --help")).toBe(0);
    expect(out.join("\n")).toContain("--json");
  });

  test.each([
    ["idle", 0],
    ["running", 0],
    ["paused", 0],
    ["failing", 1],
    ["needs_reauth", 1],
    ["held", 6],
  ])("status with a connection that is %s: %i", async (is, exit) => {
    answers.push(page(team, { ...team, state: is }));
    expect(await typed("status")).toBe(exit);
  });
});

describe("names", () => {
  test("are the API's to understand", async () => {
    answers.push(page(team));
    await typed("status Te&am");
    expect(new URL(asked[0]?.url ?? "").searchParams.get("name")).toBe("Te&am");
  });

  test("that fit nothing, or several, are listed: 3, and nothing is done", async () => {
    answers.push(page(), page(team));
    expect(await typed("sync nobody")).toBe(3);
    expect(notes[0]).toBe(
      `No connection is called "nobody". There is:\n  ${team.id}  Team (google-calendar)`,
    );
    answers.splice(0, 9, page(team, { ...team, name: null }));
    expect(await typed("sync team")).toBe(3);
    expect(notes[1]).toContain('"team" may be each of these');
    expect(asked.every(({ method }) => method === "GET")).toBe(true);
  });

  test("ids are escaped: no other address is asked", async () => {
    answers.push(problem(404, "not_found"));
    await typed("keys revoke ../sync?x");
    expect(asked[0]?.url).toBe("http://127.0.0.1:3456/api/keys/..%2Fsync%3Fx");
  });
});

describe("sync --follow", () => {
  const stream =
    (text: string, cut = false) =>
    () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(text));
            if (cut) setTimeout(() => controller.error(new TypeError("terminated")), 10);
            else controller.close();
          },
        }),
      );
  const log = (id: number, message: string) =>
    `id: ${id}\nevent: log\ndata: ${JSON.stringify({ id, at: session.id && "2026-01-01T10:00:00Z", level: "info", message })}\n\n`;
  const end = `id: 2\nevent: end\ndata: {"status":"completed"}\n\n`;
  const begun = [page(team), json({ session: { ...session, status: "queued" } }, 202), json(team)];

  test("takes a line up where it was cut, tells nothing twice, and ends with five numbers", async () => {
    answers.push(
      ...begun,
      stream(`retry: 2000\n\n: ping\n\n${log(1, "first\u001b[31m")}id: 2\nevent: lo`, true),
      stream(`${log(2, "second")}${end}`),
      json(session),
      json(team),
    );
    expect(await typed("sync team --streams a,b --full --follow")).toBe(0);
    expect(asked[1]).toMatchObject({ method: "POST", body: { streams: ["a", "b"], full: true } });
    const streams = asked.filter(({ url }) => url.endsWith("/stream"));
    expect(streams.map(({ headers }) => headers.get("last-event-id"))).toEqual([null, "1"]);
    expect(notes).toEqual([`Session ${session.id}`, "10:00:00  first [31m", "10:00:00  second"]);
    expect(out).toEqual([
      `Session ${session.id} done: 3 created, 0 updated, 0 deleted, 7 unchanged, 0 failed`,
    ]);
  });

  test.each([
    ["an error", { status: "error", errorCode: "needs_reauth", error: "x" }, team, 1],
    ["failed items", { local: { ...counts, failed: 1 } }, team, 1],
    ["something held", {}, { ...team, state: "held" }, 6],
  ])("ends as the session did: %s", async (_what, how, after, exit) => {
    answers.push(...begun, stream(end), json({ ...session, ...how }), json(after));
    expect(await typed("sync team --follow --json")).toBe(exit);
    expect(JSON.parse(out.join(""))).toMatchObject(how);
  });

  test("does not wait for what waits for a person", async () => {
    answers.push(
      ...begun.slice(0, 2),
      json({ ...team, state: "held", nextStep: "Apply the preview." }),
    );
    expect(await typed("sync team --follow")).toBe(6);
    expect(out[0]).toContain("Apply the preview.");
  });

  test("is ended by Ctrl-C, and says that the session is not", async () => {
    answers.push(...begun, () => {
      interrupt.abort();
      throw new DOMException("aborted", "AbortError");
    });
    expect(await typed("sync team --follow")).toBe(130);
    expect(notes.at(-1)).toBe(`No longer followed; the session goes on: ${session.id}`);
  });

  test("ends with the refusal where it may not look", async () => {
    answers.push(...begun, problem(401, "unauthenticated"));
    expect(await typed("sync team --follow")).toBe(5);
  });
});

test("tables are short, inert and have a line a row", async () => {
  const bad = { ...team, name: "Team\n\u001b[2J\u202e", pausedReason: "x".repeat(200) };
  answers.push(page(team, bad));
  await typed("status");
  const lines = (out[0] ?? "").split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(
    /^1{8}-\S+ {2}Team \(google-calendar\) +up to date {2}2026-03-02 10:15Z {2}-$/,
  );
  expect(lines[2]).toMatch(/Team \[2J /);
  expect(lines[2]?.endsWith(`${"x".repeat(59)}…`)).toBe(true);
  // eslint-disable-next-line no-control-regex
  expect(out.join("")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

test("changes are followed by their cursor, through an API that goes away", async () => {
  const change = (id: number) => ({
    id,
    at: "2026-01-01T00:00:00Z",
    stream: "products",
    remoteId: `p${id}`,
    side: "remote",
    action: "updated",
    fields: {},
    rule: null,
  });
  answers.push(
    json({ data: [change(1)], nextCursor: "c1" }),
    problem(503, "database_unavailable"),
    () => {
      setTimeout(() => interrupt.abort(), 20);
      return Response.json({ data: [change(2)], nextCursor: "c2" });
    },
  );
  expect(await typed("changes --follow --json --interval 1")).toBe(130);
  expect(out.map((line) => JSON.parse(line).id)).toEqual([1, 2]);
  const cursors = asked.map(({ url }) => new URL(url).searchParams.get("cursor"));
  expect(cursors).toEqual([null, "c1", "c1"]);
});

test("a schedule is made as it is said", async () => {
  answers.push(page(team), json({ id: "s", cadence: { dailyAt: ["08:00"] }, zone: "UTC" }, 201));
  expect(await typed("schedules add team --daily 08:00,12:30 --zone Europe/Paris")).toBe(0);
  expect(asked[1]?.body).toEqual({
    connectionId: team.id,
    cadence: { dailyAt: ["08:00", "12:30"] },
    zone: "Europe/Paris",
  });
});

test("start gets its options as they are", async () => {
  expect(await typed("start --port 3001 --no-demo --help")).toBe(0);
  expect(out).toEqual(["start --port 3001 --no-demo --help"]);
});

test("records go through as the file they are", async () => {
  answers.push(page(team), () => new Response("id,name\r\n1,café\r\n"));
  expect(await typed("records team products --csv --as-of 2026-01-01")).toBe(0);
  expect(out.join("")).toBe("id,name\r\n1,café\r\n");
  const { pathname, searchParams } = new URL(asked[1]?.url ?? "");
  expect([pathname, Object.fromEntries(searchParams)]).toEqual([
    "/api/records/export",
    { connectionId: team.id, stream: "products", asOf: "2026-01-01", format: "csv" },
  ]);
});
