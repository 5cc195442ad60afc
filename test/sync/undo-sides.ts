import fc from "fast-check";
import type { EventFields, EventTime } from "../../sync/event.ts";
import { anEvent } from "./event.ts";

const clock = (hour: number): EventTime => ({
  local: `2026-03-09T${String(hour).padStart(2, "0")}:00:20`,
  zone: "Europe/Amsterdam",
});

const text = fc.constantFrom("", "one", "one ", "two", "three");
const times = fc.oneof(
  fc.record({
    start: fc.nat(3).map(clock),
    end: fc.integer({ min: 4, max: 6 }).map((hour) => clock(hour * 2)),
  }),
  fc.constant({ start: { date: "2026-03-09" }, end: { date: "2026-03-10" } }),
);

/** What a side may hold: few values, so that sides are often equal; a cancelled occurrence among them. */
export const aSide: fc.Arbitrary<EventFields> = fc
  .record({
    title: text,
    description: text,
    location: text,
    times,
    status: fc.constantFrom("confirmed" as const, "tentative" as const),
    recurrence: fc.constantFrom([], ["RRULE:FREQ=DAILY"], ["RRULE:FREQ=WEEKLY"]),
    isCancelled: fc.nat(9).map((n) => n === 0),
  })
  .map(({ times: { start, end }, isCancelled, ...rest }) =>
    isCancelled
      ? anEvent({ title: "", status: "cancelled", start: clock(1), end: clock(1) })
      : anEvent({ ...rest, start, end }),
  );
