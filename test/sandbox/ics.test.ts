import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { refusal, type Running, start, TEAM } from "./sandbox-client.ts";

interface Report {
  readonly loaded: number;
  readonly skipped: readonly { uid: string | null; recurrenceId?: string; reason: string }[];
}

interface Held {
  readonly id: string;
  readonly summary?: string;
  readonly start?: object;
  readonly end?: object;
  readonly recurrence?: string[];
  readonly recurringEventId?: string;
  readonly originalStartTime?: object;
  readonly status: string;
  readonly iCalUID: string;
}

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const path = `/google/calendars/${encodeURIComponent(TEAM)}`;
const file = (...lines: string[]): string =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", ...lines, "END:VCALENDAR", ""].join("\r\n");
const event = (...lines: string[]): string => ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\r\n");
const load = (text: string): Promise<Report> => now.control("POST", `${path}/ics`, text);
const held = async (): Promise<Held[]> =>
  (await now.control<{ events: Held[] }>("GET", `${path}/events`)).events;

async function only(...lines: string[]): Promise<Held | undefined> {
  expect(await load(file(event(...lines)))).toEqual({ loaded: 1, skipped: [] });
  return (await held())[0];
}

test("texts are unfolded and unescaped", async () => {
  const one = await only(
    "UID:a",
    "SUMMARY:Lunch\\, then",
    "  tea\\; and\\ncake",
    "DTSTART:20260302T090000Z",
    "DTEND:20260302T100000Z",
  );
  expect([one?.summary, one?.iCalUID]).toEqual(["Lunch, then tea; and\ncake", "a"]);
});

test("a DATE that carries a time is a date, and an end that is not later becomes one day", async () => {
  const one = await only(
    "SUMMARY:x",
    "DTSTART;VALUE=DATE:20260302T120000",
    "DTEND;VALUE=DATE:20260302T180000",
  );
  expect([one?.start, one?.end]).toEqual([{ date: "2026-03-02" }, { date: "2026-03-03" }]);
  expect(one?.iCalUID).toMatch(/@google\.com$/);
});

test("a duration stands for an end", async () => {
  const one = await only("UID:a", "DTSTART;TZID=Europe/Kiev:20260302T090000", "DURATION:PT1H30M");
  expect([one?.start, one?.end]).toEqual([
    { dateTime: "2026-03-02T08:00:00+01:00", timeZone: "Europe/Kiev" },
    { dateTime: "2026-03-02T09:30:00+01:00", timeZone: "Europe/Kiev" },
  ]);
});

describe("zones", () => {
  const zone = (tzid: string, ...more: string[]): string =>
    [
      "BEGIN:VTIMEZONE",
      `TZID:${tzid}`,
      ...more,
      "BEGIN:STANDARD",
      "DTSTART:19701025T030000",
      "TZOFFSETFROM:-0400",
      "TZOFFSETTO:-0500",
      "END:STANDARD",
      "BEGIN:DAYLIGHT",
      "DTSTART:19700329T020000",
      "TZOFFSETFROM:-0500",
      "TZOFFSETTO:-0400",
      "END:DAYLIGHT",
      "END:VTIMEZONE",
    ].join("\r\n");
  const starting = (tzid: string): string =>
    event("UID:a", `DTSTART;TZID=${tzid}:20260302T090000`, "DURATION:PT1H");

  test.each([
    ["a Windows name", file(starting("W. Europe Standard Time")), "Europe/Berlin"],
    [
      "a name with a path before it",
      file(starting("/example.test/2020/Europe/Lisbon")),
      "Europe/Lisbon",
    ],
    [
      "a name of its own with a location",
      file(zone("Mine", "X-LIC-LOCATION:America/Toronto"), starting("Mine")),
      "America/Toronto",
    ],
    [
      "a name of its own with offsets only",
      file(zone("Mine"), starting("Mine")),
      "America/New_York",
    ],
    [
      "no zone, in a calendar that has one",
      file("X-WR-TIMEZONE:Asia/Tokyo", event("UID:a", "DTSTART:20260302T090000", "DURATION:PT1H")),
      "Asia/Tokyo",
    ],
  ])("%s is resolved", async (_name, text, expected) => {
    expect(await load(text)).toMatchObject({ loaded: 1 });
    expect((await held())[0]?.start).toMatchObject({ timeZone: expected });
  });

  test("one that nobody knows skips its event", async () => {
    expect(await load(file(starting("Mars")))).toEqual({
      loaded: 0,
      skipped: [{ uid: "a", reason: "Unknown time zone Mars" }],
    });
  });
});

test("a series keeps its rule in the usual form, its exclusions, and its exceptions by original start", async () => {
  const zone = "TZID=Europe/Berlin";
  const report = await load(
    file(
      event(
        "UID:s",
        "SUMMARY:Choir",
        `DTSTART;${zone}:20260302T190000`,
        `DTEND;${zone}:20260302T210000`,
        "RRULE:BYDAY=MO;INTERVAL=1;UNTIL=20260427;FREQ=WEEKLY;WKST=MO",
        `EXDATE;${zone}:20260309T190000`,
        `RDATE;${zone}:20260311T190000`,
      ),
      event(
        "UID:s",
        "SUMMARY:Choir, early",
        `RECURRENCE-ID;${zone}:20260316T190000`,
        `DTSTART;${zone}:20260316T170000`,
        `DTEND;${zone}:20260316T190000`,
      ),
      event(
        "UID:s",
        "STATUS:CANCELLED",
        "RECURRENCE-ID;VALUE=DATE:20260330",
        `DTSTART;${zone}:20260330T190000`,
      ),
    ),
  );
  expect(report).toEqual({ loaded: 3, skipped: [] });
  const [master, moved, cancelled] = await held();
  expect(master?.recurrence).toEqual([
    "RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20260427T215959Z;BYDAY=MO",
    "RDATE;TZID=Europe/Berlin:20260311T190000",
    "EXDATE;TZID=Europe/Berlin:20260309T190000",
  ]);
  expect(moved).toMatchObject({
    recurringEventId: master?.id,
    id: `${master?.id}_20260316T180000Z`,
    start: { dateTime: "2026-03-16T17:00:00+01:00" },
    iCalUID: "s",
  });
  expect(cancelled).toMatchObject({
    status: "cancelled",
    originalStartTime: { dateTime: "2026-03-30T19:00:00+02:00" },
  });
  const { data } = await now.api.events.instances({ calendarId: TEAM, eventId: master?.id ?? "" });
  expect(data.items?.map((item) => item.start?.dateTime?.slice(5, 16))).toEqual([
    "03-02T19:00",
    "03-11T19:00",
    "03-16T17:00",
    "03-23T19:00",
    "04-06T19:00",
    "04-13T19:00",
    "04-20T19:00",
    "04-27T19:00",
  ]);
});

test("an all-day occurrence that is named by a time is still its day", async () => {
  await load(
    file(
      event(
        "UID:s",
        "DTSTART;VALUE=DATE:20260219",
        "DTEND;VALUE=DATE:20260220",
        "RRULE:FREQ=WEEKLY;UNTIL=20260331T220000Z;BYDAY=TH",
      ),
      event(
        "UID:s",
        "RECURRENCE-ID;TZID=W. Europe Standard Time:20260226T000000",
        "DTSTART;VALUE=DATE:20260227",
        "DTEND;VALUE=DATE:20260228",
      ),
    ),
  );
  const [master, moved] = await held();
  expect(master?.recurrence).toEqual(["RRULE:FREQ=WEEKLY;UNTIL=20260401;BYDAY=TH"]);
  expect(moved?.originalStartTime).toEqual({ date: "2026-02-26" });
});

test("an occurrence without its series is a single event; what cannot be held is skipped with a reason", async () => {
  const report = await load(
    file(
      event(
        "UID:lone",
        "SUMMARY:Lone",
        "RECURRENCE-ID:20260302T090000Z",
        "DTSTART:20260302T100000Z",
        "DTEND:20260302T110000Z",
      ),
      event("UID:none", "SUMMARY:No start"),
      event("UID:gone", "STATUS:CANCELLED", "DTSTART:20260302T100000Z"),
      event("UID:bad", "DTSTART:20260231T100000Z"),
      event("UID:rule", "DTSTART:20260301T100000Z", "RRULE:FREQ=SOMETIMES"),
      event("UID:twice", "SEQUENCE:1", "SUMMARY:New", "DTSTART:20260301T100000Z"),
      event("UID:twice", "SEQUENCE:0", "SUMMARY:Old", "DTSTART:20260301T100000Z"),
    ),
  );
  expect(report.loaded).toBe(2);
  expect(report.skipped.map(({ uid }) => uid).sort()).toEqual([
    "bad",
    "gone",
    "none",
    "rule",
    "twice",
  ]);
  expect(report.skipped.every(({ reason }) => reason !== "")).toBe(true);
  expect(
    (await held()).map(({ summary, recurringEventId }) => [summary, recurringEventId]),
  ).toEqual(
    [
      ["New", undefined],
      ["Lone", undefined],
    ].reverse(),
  );
  expect(await refusal(now.api.events.get({ calendarId: TEAM, eventId: "none" }))).toMatchObject({
    status: 404,
  });
});

const collection = new URL("../../../shared/data/calendars/", import.meta.url);
const reason = existsSync(collection)
  ? ""
  : " (skipped: the collection of real calendars is not on this machine)";

describe.skipIf(reason !== "")(`real calendars${reason}`, () => {
  const names =
    reason === "" ? readdirSync(collection).filter((name) => name.endsWith(".ics")) : ["none"];
  test.each(names)("%s: every event is loaded or skipped with a reason", async (name) => {
    const text = readFileSync(new URL(name, collection), "utf8");
    const { loaded, skipped } = await load(text);
    expect(loaded + skipped.length).toBe(text.match(/^BEGIN:VEVENT/gm)?.length);
    expect(loaded).toBeGreaterThan(0);
    for (const entry of skipped) expect(entry.reason).not.toBe("");
    const { data } = await now.api.events.list({
      calendarId: TEAM,
      singleEvents: true,
      timeMin: "2000-01-01T00:00:00Z",
      maxResults: 2500,
    });
    expect(data.items?.length).toBeGreaterThan(0);
  });
});
