import type pg from "pg";
import { describe, expect, test } from "vitest";
import { type Comparison, compareSides } from "../../start/try/compare.ts";
import type { GoogleCalendar, GoogleItem } from "../../start/try/google.ts";
import type { LinkRow, Row } from "../../start/try/sides.ts";

const item: GoogleItem = {
  id: "g1",
  status: "confirmed",
  eventType: "default",
  summary: "Choir",
  start: { dateTime: "2026-03-02T19:00:00+01:00", timeZone: "Europe/Amsterdam" },
  end: { dateTime: "2026-03-02T21:00:00+01:00", timeZone: "Europe/Amsterdam" },
  recurrence: ["RRULE:FREQ=WEEKLY;INTERVAL=1;COUNT=4"],
};
const row: Row = {
  id: "e1",
  title: "Choir",
  description: "",
  location: "",
  status: "confirmed",
  all_day: false,
  start_at: "2026-03-02T19:00:00",
  start_zone: "Europe/Amsterdam",
  start_fold: 0,
  end_at: "2026-03-02T21:00:00",
  end_zone: "Europe/Amsterdam",
  end_fold: 0,
  recurrence: ["RRULE:COUNT=4;FREQ=WEEKLY"],
  master_id: null,
  original_start: null,
};
const link: LinkRow = { event_id: "e1", remote_id: "g1", state: "live", reason: null };

/** What the comparison says of these two sides. */
function compare(google: GoogleItem[], rows: Row[], links: LinkRow[]): Promise<Comparison> {
  const answers = [rows, links];
  const sql = { query: () => Promise.resolve({ rows: answers.shift() }) };
  const calendar = { zone: "Europe/Amsterdam", held: () => Promise.resolve(google) };
  const binding = { companyId: "", calendarId: "", connectionId: "" };
  return compareSides(sql as unknown as pg.Client, binding, calendar as GoogleCalendar);
}

test("equal sides are in step, whatever the order of a rule's parts", async () => {
  expect(await compare([item], [row], [link])).toMatchObject({
    items: 1,
    inStep: 1,
    setAside: [],
    differences: [],
  });
});

test.each([
  ["title", { title: "Band" }],
  ["description", { description: "New" }],
  ["location", { location: "Hall" }],
  ["status", { status: "tentative" }],
  ["start", { start_at: "2026-03-02T19:30:00" }],
  ["start", { start_zone: "Europe/London", start_at: "2026-03-02T18:00:00" }],
  ["end", { end_at: "2026-03-02T21:30:00" }],
  ["recurrence", { recurrence: ["RRULE:COUNT=5;FREQ=WEEKLY"] }],
  ["start", { all_day: true, start_at: "2026-03-02T00:00:00" }],
])("another %s is found and named", async (field, change) => {
  const { inStep, differences } = await compare([item], [{ ...row, ...change }], [link]);
  expect(inStep).toBe(0);
  expect(differences).toEqual([expect.stringContaining(`${field} is `)]);
});

test("what only one side has is told, and of which", async () => {
  expect((await compare([item], [], [])).differences).toEqual(["Choir: only Google has it"]);
  expect((await compare([], [row], [link])).differences).toEqual(["Choir: only we have it"]);
  const twice = await compare([item], [row, { ...row, id: "e2" }], [link]);
  expect(twice).toMatchObject({ items: 2, inStep: 1, differences: ["Choir: only we have it"] });
});

describe("occurrences", () => {
  const original = { dateTime: "2026-03-09T19:00:00+01:00", timeZone: "Europe/Amsterdam" };
  const cancelled: GoogleItem = {
    id: "g2",
    status: "cancelled",
    eventType: "default",
    recurringEventId: "g1",
    originalStartTime: original,
  };
  const own: Row = {
    ...row,
    id: "e2",
    status: "cancelled",
    recurrence: [],
    master_id: "e1",
    original_start: { local: "2026-03-09T19:00:00", zone: "Europe/Amsterdam" },
  };
  const links = [link, { ...link, event_id: "e2", remote_id: "g2" }];

  test("of a cancelled one only its place counts", async () => {
    expect(await compare([item, cancelled], [row, own], links)).toMatchObject({
      items: 2,
      inStep: 2,
    });
    const elsewhere: Row = {
      ...own,
      original_start: { local: "2026-03-16T19:00:00", zone: "Europe/Amsterdam" },
    };
    expect((await compare([item, cancelled], [row, elsewhere], links)).differences).toEqual([
      expect.stringContaining("original start"),
    ]);
  });

  test("one of another series is found", async () => {
    const { differences } = await compare(
      [item, cancelled],
      [row, { ...own, master_id: "e9" }],
      links,
    );
    expect(differences).toEqual(["g2: belongs to another series"]);
  });
});

test("what is set aside is listed with its reason and is no difference", async () => {
  const birthday: GoogleItem = { ...item, id: "g2", eventType: "birthday" };
  const aside: LinkRow = {
    event_id: null,
    remote_id: "g1",
    state: "set-aside",
    reason: "a date is not a date",
  };
  const { setAside, items, differences } = await compare([item, birthday], [], [aside]);
  expect(setAside).toEqual([
    { what: "Choir", reason: "a date is not a date" },
    { what: "Choir", reason: 'Google holds it as "birthday", which is not pulled' },
  ]);
  expect([items, differences]).toEqual([0, []]);
});
