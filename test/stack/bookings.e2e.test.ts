import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

let stack: Stack;
let owner: Awaited<ReturnType<typeof ownerOf>>;
let team: Connected;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
  });
  owner = await ownerOf(stack);
  team = await stack.connect({ companyId: owner.companyId });
  await team.sync();
});
afterAll(() => stack?.stop());

interface Report {
  status: string;
  words: string;
  created: number;
  trigger: string;
}

const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

const makeRule = async (more: Record<string, unknown> = {}) =>
  (
    await owner.call<{ id: string }>("POST", "/booking-rules", {
      calendarId: team.calendarId,
      title: "Open hour",
      firstDate: tomorrow,
      startTime: "09:00",
      recurrence: "RRULE:FREQ=DAILY;COUNT=4",
      durationMinutes: 60,
      horizonDays: 30,
      ...more,
    })
  ).body.id;

const here = async () =>
  (
    await stack.psql<{ title: string }>(
      "select title from events where calendar_id = $1 and deleted_at is null order by start_at, title",
      [team.calendarId],
    )
  ).map(({ title }) => title);
const there = () => stack.google.living(team.googleCalendar);
const titlesThere = async () => (await there()).map(({ summary }) => summary ?? "");

/** Waits until both sides hold so many of them, and nothing else. */
const both = (count: number, title = "Open hour") =>
  until(async () => {
    const all = [await here(), await titlesThere()];
    return all.every((one) => one.length === count && one.every((text) => text === title));
  });

async function run(): Promise<Report> {
  const { status, body } = await owner.call<{ reportId: string }>("POST", "/bookings/run");
  expect(status).toBe(202);
  return finished(body.reportId);
}

const finished = (id: string) =>
  until(async () => {
    const { status, body } = await owner.call<Report>("GET", `/bookings/reports/${id}`);
    return status === 200 && body.status !== "running" ? body : null;
  }, 90_000);

describe("a rule", () => {
  let ruleId: string;

  it("makes bookings here and in Google, without anybody having a page open", async () => {
    ruleId = await makeRule();
    await both(4);
  });

  it("puts an edit in Google back, there as well", async () => {
    const [first] = await there();
    await stack.google.patch(team.googleCalendar, first?.id ?? "", {
      summary: "Mine now",
      location: "Elsewhere",
    });
    await team.sync();
    await both(4);
    expect((await there()).map(({ location }) => location ?? "")).toEqual(["", "", "", ""]);
  });

  it("honours a deletion in Google, whatever runs afterwards", async () => {
    const second = (await there())[1];
    await stack.google.delete(team.googleCalendar, second?.id ?? "");
    await team.sync();
    await both(3);
    expect((await run()).words).toBe("bookings unchanged · Google Calendar: nothing new");
    await owner.call("PATCH", `/booking-rules/${ruleId}`, { title: "Consultation" });
    await both(3, "Consultation");
    const { body } = await owner.call<{ data: { verdict: string }[] }>(
      "GET",
      `/booking-rules/${ruleId}/occurrences`,
    );
    expect(body.data.map(({ verdict }) => verdict).toSorted()).toEqual([
      "cancelled",
      "wanted",
      "wanted",
      "wanted",
    ]);
  });

  it("gives way to what is imported, in one run of the company's schedule, and its report says so", async () => {
    const [first] = await there();
    await stack.google.create(team.googleCalendar, {
      summary: "Dentist",
      start: first?.start,
      end: first?.end,
    });
    await stack.temporal.schedule.getHandle(`standing:${stack.name}:bookings`).trigger();
    const report = await until(async () => {
      const { body } = await owner.call<{ data: Report[] }>("GET", "/bookings/reports");
      return body.data.find((one) => one.trigger === "schedule" && one.status !== "running");
    }, 90_000);
    expect(report).toMatchObject({
      status: "completed",
      words: expect.stringContaining("Google Calendar: 1 imported"),
    });
    await until(async () => (await titlesThere()).length === 3);
    expect((await here()).toSorted()).toEqual(["Consultation", "Consultation", "Dentist"]);
  });

  it("that ends takes its bookings to come along, and nothing else", async () => {
    await owner.call("DELETE", `/booking-rules/${ruleId}`);
    await until(async () => (await titlesThere()).join() === "Dentist");
    expect(await here()).toEqual(["Dentist"]);
  });
});

describe("an import that fails", () => {
  it("leaves the bookings, and the report says so", async () => {
    await stack.google.revoke(team.email);
    await stack.psql(
      `insert into booking_rules (company_id, calendar_id, title, zone, first_date, start_time, duration_minutes, horizon_days, created_by)
       values ($1, $2, 'By SQL', 'Europe/Amsterdam', $3, '15:00:00', 30, 30, 'test')`,
      [owner.companyId, team.calendarId, tomorrow],
    );
    const report = await run();
    expect(report).toMatchObject({ status: "error", created: 1 });
    expect(report.words).toMatch(/^created 1 · Google Calendar: failed \(/);
    expect(await here()).toEqual(expect.arrayContaining(["By SQL", "Dentist"]));
  });
});
