import { afterAll, beforeEach, expect, test } from "vitest";
import { controlOf } from "./sandbox-client.ts";
import { COMPANY, dayFromNow, hired, type Kept, type Running, start } from "./employes-client.ts";

let now: Running;
let employee: Kept;
let id = "";
let before = 0;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
  employee = await hired(now);
  id = employee.id;
  before = await now.last();
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const from = (before: unknown, after: unknown) => ({ before, after });
const changes = async () =>
  (await now.logSince(before)).map(({ stream, id, action, fields }) => [
    stream,
    id,
    action,
    fields,
  ]);
const slice = (start: string) => `${id}/2024-01-01/${start}`;
const employmentId = () => employee.employments[0]?.id;
const inDays = (days: number) =>
  controlOf(now.url)("POST", "/clock", { offsetMs: days * 86_400_000 });

test("somebody is hired: every record that came to be is logged, with all that is in it", async () => {
  const all = await now.logSince(0);
  expect(all.map(({ seq, stream, id, action }) => [seq, stream, id, action])).toEqual([
    [1, "employees", id, "created"],
    [2, "employments", employmentId(), "created"],
    [3, "contracts", slice("2024-01-01"), "created"],
    [4, "hours", slice("2024-01-01"), "created"],
    [5, "salaries", slice("2024-01-01"), "created"],
    [6, "tax-details", slice("2024-01-01"), "created"],
  ]);
  expect(all.every(({ employeeId, at }) => employeeId === id && at.endsWith("Z"))).toBe(true);
  expect(all[0]?.fields).toMatchObject({
    surname: from(null, "Vries"),
    status: from(null, "active"),
  });
  expect(all[4]?.fields).toEqual({
    start_date: from(null, "2024-01-01"),
    hour_wage: from(null, 17.31),
    month_wage: from(null, 3000),
    yearly_wage: from(null, 36_000),
  });
});

test("hours change from a day in the past: one slice ends, another begins", async () => {
  await now.act("hours", {
    employee: id,
    from: "2025-03-01",
    hours_per_week: 32,
    days_per_week: 4,
  });
  expect(await changes()).toEqual([
    ["hours", slice("2024-01-01"), "updated", { end_date: from(null, "2025-02-28") }],
    [
      "hours",
      slice("2025-03-01"),
      "created",
      {
        start_date: from(null, "2025-03-01"),
        hours_per_week: from(null, 32),
        days_per_week: from(null, 4),
        employee_type: from(null, "parttime"),
      },
    ],
  ]);
});

test("a change from the very day on which a slice starts changes that slice", async () => {
  await now.act("hours", { employee: id, from: "2024-01-01", hours_per_week: 32 });
  expect(await changes()).toEqual([
    [
      "hours",
      slice("2024-01-01"),
      "updated",
      { hours_per_week: from(40, 32), employee_type: from("fulltime", "parttime") },
    ],
  ]);
});

test("a raise before one that is planned ends where that begins", async () => {
  await now.act("salary", { employee: id, from: dayFromNow(20), month_wage: 4000 });
  await now.act("salary", { employee: id, from: dayFromNow(-20), month_wage: 3500 });
  const { body } = await now.employments(id);
  expect(body[0]?.["salary"]).toMatchObject([
    { month_wage: 3000, end_date: `${dayFromNow(-21)}T00:00:00` },
    { month_wage: 3500, end_date: `${dayFromNow(19)}T00:00:00` },
    { month_wage: 4000, end_date: null },
  ]);
});

test("a raise moves the yearly wage of the person on its day, and not before", async () => {
  await now.act("salary", { employee: id, from: dayFromNow(5), month_wage: 3200 });
  const yearly = async () =>
    (await changes()).filter(([stream]) => stream === "employees").map(([, , , fields]) => fields);
  expect(await yearly()).toEqual([]);
  await inDays(6);
  expect(await yearly()).toEqual([{ yearly_wage: from(36_000, 38_400) }]);
  expect((await now.get(`/${COMPANY}/employees/${id}`)).body["yearly_wage"]).toBe(38_400);
});

test("a slice of the past is corrected where it stands", async () => {
  await now.act("salary", { employee: id, from: "2025-01-01", month_wage: 3300 });
  before = await now.last();
  await now.act("correct", {
    employee: id,
    kind: "salary",
    start_date: "2024-01-01",
    set: { month_wage: 3050 },
  });
  expect(await changes()).toEqual([
    ["salaries", slice("2024-01-01"), "updated", { month_wage: from(3000, 3050) }],
  ]);
});

test("a correction of a start makes another slice of it", async () => {
  await now.act("correct", {
    employee: id,
    kind: "hours",
    start_date: "2024-01-01",
    set: { start_date: "2024-02-01T00:00:00" },
  });
  expect((await changes()).map(([stream, id, action]) => [stream, id, action])).toEqual([
    ["hours", slice("2024-02-01"), "created"],
    ["hours", slice("2024-01-01"), "deleted"],
  ]);
});

test("somebody leaves today: out of service, and everything has its end", async () => {
  const today = dayFromNow(0);
  await now.act("salary", { employee: id, from: dayFromNow(9), month_wage: 4000 });
  before = await now.last();
  await now.act("leave", { employee: id });
  const end = { end_date: from(null, today) };
  expect((await changes()).map(([stream, , action, fields]) => [stream, action, fields])).toEqual([
    ["employees", "updated", { status: from("active", "out of service") }],
    ["employments", "updated", { ...end, is_active: from(true, false) }],
    ["contracts", "updated", end],
    ["hours", "updated", end],
    ["salaries", "updated", { end_date: from(dayFromNow(8), today) }],
    ["tax-details", "updated", end],
    ["salaries", "deleted", expect.objectContaining({ month_wage: from(4000, null) })],
  ]);
  expect((await now.list()).data).toMatchObject([{ id, status: "out of service" }]);
});

test("somebody who leaves later is out of service when the day has come", async () => {
  await now.act("leave", { employee: id, on: dayFromNow(3) });
  const status = async () => (await now.get(`/${COMPANY}/employees/${id}`)).body["status"];
  expect(await status()).toBe("active");
  await inDays(4);
  expect(await status()).toBe("out of service");
  expect((await changes()).at(-1)).toMatchObject(["employments", employmentId(), "updated", {}]);
});

test("somebody who is hired for later is pending until the day", async () => {
  const later = await hired(now, { from: dayFromNow(4) });
  const status = async () => (await now.get(`/${COMPANY}/employees/${later.id}`)).body["status"];
  expect(await status()).toBe("pending");
  await inDays(5);
  expect(await status()).toBe("active");
});

test("a person is changed: only what differs is logged, and `dt_update` moves", async () => {
  const updated = async () => (await now.get(`/${COMPANY}/employees/${id}`)).body["dt_update"];
  const at = await updated();
  await now.act("upsert", { employee: { id, surname: "Jansen", city: "Utrecht" } });
  expect(await changes()).toEqual([
    ["employees", id, "updated", { surname: from("Vries", "Jansen") }],
  ]);
  expect(await updated()).not.toBe(at);
});

test("`dt_update` says nothing of employments, unless it is told to", async () => {
  const updated = async () => (await now.get(`/${COMPANY}/employees/${id}`)).body["dt_update"];
  const at = await updated();
  await now.act("hours", { employee: id, from: "2025-03-01", hours_per_week: 32 });
  expect(await updated()).toBe(at);
  await now.control("POST", "/settings", { employmentsTouch: true });
  await now.act("hours", { employee: id, from: "2025-04-01", hours_per_week: 24 });
  expect(await updated()).not.toBe(at);
});

test("a person who is deleted is gone with all that belonged to them", async () => {
  await now.act("delete", { employee: id });
  expect(
    (await changes()).map(([stream, , action]) => `${String(stream)} ${String(action)}`),
  ).toEqual([
    "employees deleted",
    "employments deleted",
    "contracts deleted",
    "hours deleted",
    "salaries deleted",
    "tax-details deleted",
  ]);
  expect((await now.get(`/${COMPANY}/employees/${id}`)).status).toBe(404);
});

test("employments are set as they are given, and two slices of one day are told apart", async () => {
  const [hours, other] = [
    { start_date: "2025-01-01", hours_per_week: 8 },
    { start_date: "2025-01-01T00:00:00", end_date: null, hours_per_week: 9 },
  ];
  await now.act("employments", {
    employee: id,
    employments: [{ start_date: "2025-01-01", hours: [hours, other] }],
  });
  const made = (await changes()).filter(
    ([stream, , action]) => stream === "hours" && action === "created",
  );
  expect(made.map(([, id]) => id)).toEqual([
    `${id}/2025-01-01/2025-01-01`,
    `${id}/2025-01-01/2025-01-01#2`,
  ]);
  expect((await now.employments(id)).body[0]?.["hours"]).toEqual([
    { start_date: "2025-01-01T00:00:00", hours_per_week: 8 },
    { start_date: "2025-01-01T00:00:00", end_date: null, hours_per_week: 9 },
  ]);
});

const STREAMS = {
  contracts: "contracts",
  hours: "hours",
  salary: "salaries",
  tax_details: "tax-details",
};

/** Without what is null, and with days for midnights. */
function told(fields: Record<string, unknown>): Record<string, unknown> {
  const held = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(
    held.map(([name, value]) => [name, String(value).replace("T00:00:00", "")]),
  );
}

/** What there is now, by what the log says of it; every `before` must be what was known. */
async function replayed(): Promise<Record<string, Record<string, unknown>>> {
  const records: Record<string, Record<string, unknown>> = {};
  for (const { stream, id, action, fields } of await now.logSince(0)) {
    const key = `${stream} ${id}`;
    const record = (records[key] ??= {});
    for (const [name, { before, after }] of Object.entries(fields)) {
      expect(record[name] ?? null).toEqual(before);
      record[name] = after;
    }
    if (action === "deleted") delete records[key];
  }
  return Object.fromEntries(Object.entries(records).map(([key, record]) => [key, told(record)]));
}

/** The same, by what the API says. */
async function read(): Promise<Record<string, Record<string, unknown>>> {
  const records: Record<string, Record<string, unknown>> = {};
  for (const { employment: _, ...one } of (await now.list()).data) {
    const { id, administration_id: __, dt_create: ___, dt_update: ____, ...fields } = one;
    records[`employees ${id}`] = told(fields);
    const { status, body } = await now.employments(id);
    for (const { id: employmentId, ...employment } of status === 404 ? [] : body) {
      const { start_date, end_date, is_active } = employment;
      records[`employments ${String(employmentId)}`] = told({ start_date, end_date, is_active });
      const start = String(start_date).slice(0, 10);
      for (const [kind, stream] of Object.entries(STREAMS))
        for (const slice of employment[kind] as (Record<string, unknown> & {
          start_date: string;
        })[])
          records[`${stream} ${id}/${start}/${slice.start_date.slice(0, 10)}`] = told(slice);
    }
  }
  return records;
}

test("the log is exact: replayed, it is what the API shows", async () => {
  await now.control("POST", "/seed", { employees: 24 });
  expect(await replayed()).toEqual(await read());
  await now.act("hours", { employee: id, from: dayFromNow(-9), hours_per_week: 20 });
  await now.act("leave", { employee: id });
  await inDays(60);
  const records = await read();
  expect(await replayed()).toEqual(records);
  expect(Object.keys(records).length).toBeGreaterThan(120);
});
