import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { controlOf } from "./sandbox-client.ts";
import { COMPANY, dayFromNow, hired, type Kept, type Running, start } from "./employes-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const shared = <T = unknown>(method: string, path: string, body?: unknown) =>
  controlOf(now.url)<T>(method, path, body);
const kept = async (running = now) =>
  (await running.control<{ employees: Kept[] }>("GET", "/employees")).employees;
const slicesOf = (person: Kept, kind: string) =>
  person.employments.flatMap(
    (one) => one[kind] as { start_date: string; end_date?: string | null }[],
  );

test("a seed gives the same people everywhere, and another seed others", async () => {
  const other = await start();
  started.push(other);
  const body = { employees: 30, seed: 7, on: "2026-01-15" };
  await now.control("POST", "/seed", body);
  await other.control("POST", "/seed", body);
  const plain = (people: Kept[]) =>
    people.map(({ id, fields, employments }) => ({ id, fields, employments }));
  expect(plain(await kept(other))).toEqual(plain(await kept()));
  const last = await now.last();
  await now.control("POST", "/seed", body);
  expect([await kept(), await now.logSince(last)]).toMatchObject([{ length: 30 }, []]);
  await now.control("POST", "/seed", { ...body, seed: 8 });
  expect(await kept()).toHaveLength(60);
});

test("everything that a company can hold is among a few dozen seeded people", async () => {
  await now.control("POST", "/seed", { employees: 48 });
  const people = await kept();
  const types = (name: string) =>
    new Set(people.map(({ fields }) => (fields[name] === null ? "null" : typeof fields[name])));
  for (const name of ["housenumber", "nationality_id", "department_id", "location_id"])
    expect(types(name)).toEqual(new Set(["string", "number", "null"]));
  expect(new Set(people.map(({ fields }) => fields["status"]))).toEqual(
    new Set(["active", "pending", "out of service"]),
  );
  const some = (holds: (person: Kept) => boolean) => people.some(holds);
  const today = dayFromNow(0);
  expect({
    none: some(({ employments }) => employments.length === 0),
    two: some(({ employments }) => employments.length === 2),
    raises: some((person) => slicesOf(person, "salary").length === 3),
    planned: some((person) => slicesOf(person, "hours").some((one) => one.start_date > today)),
    overlap: some(
      (person) => slicesOf(person, "hours").filter((one) => one.end_date === null).length > 1,
    ),
    withoutEnd: some((person) => slicesOf(person, "salary").some((one) => !("end_date" in one))),
    permanent: some((person) => slicesOf(person, "contracts").length === 2),
  }).toEqual({
    none: true,
    two: true,
    raises: true,
    planned: true,
    overlap: true,
    withoutEnd: true,
    permanent: true,
  });
  const shown = await now.get(`/${COMPANY}/employees/${people[3]?.id}`);
  expect(shown.body["dt_create"]).not.toBe("0001-01-01T00:00:00");
});

test("no number that could be somebody's is held", async () => {
  await now.control("POST", "/seed", { employees: 48 });
  for (const { fields } of await kept()) {
    expect(fields["personal_identification_number"]).toBe("000000000");
    expect(fields["iban"]).toMatch(/^NL00TEST\d{10}$/);
  }
  const wrong = { personal_identification_number: "111222333" };
  await expect(now.act("upsert", { employee: wrong })).rejects.toThrow("400");
  await expect(now.act("upsert", { employee: { iban: "NL91ABNA0417164300" } })).rejects.toThrow(
    "400",
  );
});

test("a person can be made as a test wants them, with employments at once", async () => {
  const id = "3f0c0000-0000-4000-8000-000000000001";
  await now.act("upsert", {
    employee: { id, first_name: "Fleur", status: "pending", job_title: "Cook", housenumber: 7 },
    employments: [
      { start_date: "2025-01-01", salary: [{ start_date: "2025-01-01", yearly_wage: 1 }] },
    ],
  });
  const { body } = await now.get(`/${COMPANY}/employees/${id}`);
  expect(body).toMatchObject({
    id,
    first_name: "Fleur",
    status: "pending",
    job_title: "Cook",
    housenumber: 7,
    yearly_wage: 1,
  });
});

test("what cannot be done is refused, and nothing has changed", async () => {
  const { id } = await hired(now);
  const last = await now.last();
  const early = { employee: id, from: "2023-01-01", hours_per_week: 8 };
  await expect(now.act("hours", early)).rejects.toThrow("422");
  await expect(now.act("leave", { employee: id, on: "2023-01-01" })).rejects.toThrow("422");
  const none = { employee: id, kind: "hours", start_date: "2020-01-01", set: {} };
  await expect(now.act("correct", none)).rejects.toThrow("404");
  await now.act("leave", { employee: id, on: "2025-01-01" });
  const left = await now.last();
  await expect(now.act("leave", { employee: id })).rejects.toThrow("422");
  await expect(
    now.act("salary", { employee: id, from: "2025-02-01", month_wage: 1 }),
  ).rejects.toThrow("422");
  expect([last < left, await now.last()]).toEqual([true, left]);
});

test("the state outlives the process, with everything that was said", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const statePath = join(folder, "state.json");
  const first = await start(statePath);
  const { id } = await hired(first);
  await first.act("failing", { employee: id });
  await first.control("POST", "/settings", { employments: "wrapped" });
  await first.control("POST", "/list-trouble", { emptyTimes: 1 });
  const { token } = await first.control<{ token: string }>("POST", "/tokens", {});
  const [state, log] = [await first.control("GET", "/state"), await first.logSince(0)];
  await first.listening.close();
  const second = await start(statePath);
  expect([await second.control("GET", "/state"), await second.logSince(0)]).toEqual([state, log]);
  expect((await second.get(`/${COMPANY}/employees/${id}`, token)).status).toBe(500);
  await second.listening.close();
  rmSync(folder, { recursive: true });
});

test("a reset leaves what a demo needs, and nothing else", async () => {
  await hired(now);
  await now.control("POST", "/companies", { name: "Tweede B.V." });
  const { token } = await now.control<{ token: string }>("POST", "/tokens", {});
  await now.control("POST", "/list-trouble", { emptyTimes: 3 });
  await shared("POST", "/clock", { offsetMs: 86_400_000 * 400 });
  await shared("POST", "/reset");
  expect((await now.get("/companies")).body).toMatchObject({ total: 1, data: [{ id: COMPANY }] });
  expect((await now.get("/companies", token)).status).toBe(401);
  expect(await now.logSince(0)).toEqual([]);
  expect(await now.control("GET", "/list-trouble")).toMatchObject({ emptyTimes: 0, fail: null });
  expect(await now.control("GET", "/settings")).toMatchObject({ rateLimit: { perSecond: 5 } });
  const { id } = await hired(now);
  expect((await now.list()).data).toMatchObject([{ id, employee_number: 1 }]);
});

test("injected faults speak as Employes does", async () => {
  await shared("POST", "/faults", { match: { path: "/employes/v4" }, status: 502 });
  expect(await now.get("/companies")).toMatchObject({
    status: 502,
    body: { message: "Bad Gateway" },
  });
  await shared("POST", "/faults", { match: { path: "/employes/v4" }, status: 500, reason: "Oh" });
  expect((await now.get("/companies")).body).toEqual({ message: "Oh" });
  expect((await now.get("/companies")).status).toBe(200);
});

test("a list comes empty where a fault says so, in an envelope or bare", async () => {
  const { id } = await hired(now);
  const empty = { kind: "body", body: "empty-list", phase: "after" };
  await shared("POST", "/faults", { match: { path: "/employees" }, ...empty });
  expect(await now.list()).toMatchObject({ data: [], total: 1 });
  await shared("POST", "/faults", { match: { path: "/employments" }, ...empty });
  expect((await now.employments(id)).body).toEqual([]);
});

test("calls are counted and logged, and the token is in neither", async () => {
  const { id } = await hired(now);
  await now.list();
  await now.employments(id);
  await now.get("/nothing");
  const counts = await shared("GET", "/counters");
  expect(counts).toMatchObject({
    reads: 2,
    writes: 0,
    listPages: 1,
    byMethod: { "employes.employees.list": 1, "employes.employments.list": 1 },
  });
  const log = await shared<{ requests: object[] }>("GET", "/requests");
  expect(log.requests).toMatchObject([
    { path: `/employes/v4/${COMPANY}/employees`, status: 200, account: "demo" },
    { path: `/employes/v4/${COMPANY}/employees/${id}/employments`, status: 200 },
    { path: "/employes/v4/nothing", status: 403, account: null },
  ]);
  expect(JSON.stringify([counts, log])).not.toContain(now.token);
});

test("the whole state holds everything but tokens and the log", async () => {
  const { id } = await hired(now);
  await now.act("visibility", { employee: id, list: false });
  const state = await now.control<object>("GET", "/state");
  expect(state).toMatchObject({
    companies: [{ id: COMPANY }],
    employees: [{ id, employments: [{ start_date: "2024-01-01" }] }],
    visibility: [[id, { list: false, get: true }]],
    failing: [],
  });
  expect(JSON.stringify(state)).not.toContain(now.token);
});
