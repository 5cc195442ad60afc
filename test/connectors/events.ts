import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import type { EventFields, EventItem, EventTime } from "../../sync/event.ts";

/** Events and times for the tests of connectors. */
export const zones = [
  "Europe/Amsterdam",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Asia/Ho_Chi_Minh",
  "Africa/Casablanca",
  "America/Sao_Paulo",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Europe/Dublin",
  "UTC",
  "Etc/GMT+5",
  "US/Pacific",
  "Asia/Calcutta",
];

export function at(local: string, zone = "Europe/Amsterdam"): EventTime {
  return { local, zone };
}

export function fields(given: Partial<EventFields> = {}): EventFields {
  return {
    title: "Lunch",
    description: "",
    location: "",
    notes: "",
    status: "confirmed",
    start: at("2026-03-02T12:00:00"),
    end: at("2026-03-02T13:00:00"),
    recurrence: [],
    ...given,
  };
}

export function item(given: Partial<EventFields> = {}): EventItem {
  return { fields: fields(given) };
}

/** Any moment of the last decades in any of the zones; every fourth within a day of a clock change. */
export const timed: fc.Arbitrary<EventTime> = fc
  .record({
    zone: fc.constantFrom(...zones),
    second: fc.integer({ min: 315_532_800, max: 2_208_988_800 }),
    near: fc.integer({ min: -7_200, max: 7_200 }),
    atChange: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ zone, second, near, atChange }) => {
    const moment = Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(zone);
    const change = atChange === 0 ? moment.getTimeZoneTransition("next") : null;
    const meant = change === null ? moment : change.add({ seconds: near });
    return fromTemporal(meant);
  });

/** The same by an implementation that has nothing in common with the connector's. */
export function fromTemporal(moment: Temporal.ZonedDateTime): EventTime {
  const plain = moment.toPlainDateTime();
  const local = plain.toString({ smallestUnit: "second" });
  const zone = moment.timeZoneId;
  const earlier = plain.toZonedDateTime(zone, { disambiguation: "earlier" });
  return earlier.epochMilliseconds < moment.epochMilliseconds
    ? { local, zone, fold: 1 }
    : { local, zone };
}

const date: fc.Arbitrary<EventTime> = fc
  .integer({ min: 0, max: 25_000 })
  .map((day) => ({ date: new Date(day * 86_400_000).toISOString().slice(0, 10) }));

const text = fc.string({ unit: "binary", maxLength: 40 });
const recurrence = fc.subarray([
  "RRULE:FREQ=WEEKLY;BYDAY=MO",
  "EXDATE;TZID=Europe/Amsterdam:20260316T090000",
  "RDATE;VALUE=DATE:20260401",
  " EXRULE:FREQ=YEARLY ",
  "DTSTART:20260302T090000Z",
  "",
]);

const span = fc.oneof(fc.tuple(timed, timed), fc.tuple(date, date));
const status = fc.constantFrom("confirmed" as const, "tentative" as const);

const anyFields: fc.Arbitrary<EventFields> = fc
  .record({ title: text, description: text, location: text, notes: text, status, span, recurrence })
  .map(({ span: [start, end], ...rest }) => ({ ...rest, start, end }));

/** Singles, masters, exceptions and cancelled occurrences. */
export const anyItem: fc.Arbitrary<EventItem> = fc
  .record({
    fields: anyFields,
    kind: fc.constantFrom("own", "exception", "cancelled"),
    originalStart: fc.oneof(timed, date),
  })
  .map(({ fields, kind, originalStart }) => {
    if (kind === "own") return { fields };
    const cancelled = kind === "cancelled" ? { status: "cancelled" as const } : {};
    return { fields: { ...fields, ...cancelled }, master: "master1", originalStart };
  });
