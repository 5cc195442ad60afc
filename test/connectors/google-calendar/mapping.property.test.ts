import fc from "fast-check";
import { expect, test } from "vitest";
import { normalise, toInsert, toPatch } from "../../../connectors/google-calendar/bodies.ts";
import { toChange } from "../../../connectors/google-calendar/mapping.ts";
import { toGoogleTime } from "../../../connectors/google-calendar/times.ts";
import { type EventField, eventFields, type EventItem } from "../../../sync/event.ts";
import { anyItem } from "../events.ts";

const labels = { synclineMark: "m1", synclineOf: "id1" };

/** What Google would answer for an item, written down without the connector's reading side. */
function resource(item: EventItem): Record<string, unknown> {
  const { originalStart, master } = normalise(item);
  const series =
    originalStart && master
      ? { recurringEventId: master, originalStartTime: toGoogleTime(originalStart) }
      : {};
  return { ...toInsert(item, "id1", labels), ...series, etag: '"1"' };
}

function read(entry: unknown): EventItem {
  const change = toChange(JSON.parse(JSON.stringify(entry)), null);
  if (change.state !== "living") throw new Error(`not living but ${change.state}`);
  return change.item;
}

/** JSON merge patch, which is what events.patch does (guide: Patch semantics). */
function patched(target: Record<string, unknown>, patch: object): Record<string, unknown> {
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (typeof value !== "object" || Array.isArray(value)) result[key] = value;
    else result[key] = patched((result[key] ?? {}) as Record<string, unknown>, value as object);
  }
  return result;
}

test(
  "an item that went to Google and came back is its normal form (I6, I18)",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(read(resource(item))).toEqual(normalise(item));
      }),
      { numRuns: 5_000 },
    );
  },
);

test("normalising twice is normalising once", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(anyItem, (item) => {
      expect(normalise(normalise(item))).toEqual(normalise(item));
    }),
    { numRuns: 5_000 },
  );
});

test(
  "a patch of some fields takes exactly these fields over, whatever kind of time they were (I9)",
  { timeout: 60_000 },
  () => {
    const two = fc.tuple(anyItem, anyItem, fc.subarray([...eventFields]));
    fc.assert(
      fc.property(two, ([before, after, some]) => {
        const named: EventField[] = some.filter((field) => field !== "start" && field !== "end");
        if (some.length > named.length) named.push("start", "end");
        const { master, originalStart } = before;
        if (before.fields.status === "cancelled" || after.fields.status === "cancelled") return;
        const series = master && originalStart ? { master, originalStart } : {};
        const wanted = { fields: { ...before.fields }, ...series };
        for (const field of named) Object.assign(wanted.fields, { [field]: after.fields[field] });
        const foreign = { attendees: [{ email: "a@example.test" }], colorId: "7" };
        const held = { ...resource(before), ...foreign };
        const answer = patched(held, toPatch(wanted, named, labels));
        expect(read(answer)).toEqual(normalise(wanted));
        expect(answer).toMatchObject(foreign);
      }),
      { numRuns: 5_000 },
    );
  },
);
