import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { movedBetween, plannedItems, summaryOf } from "../../activities/planned.ts";
import type { PlannedItem } from "../../db/plan-items.ts";
import type { TrailRow } from "../../db/session-trail.ts";
import type { EventFields } from "../../sync/event.ts";
import { anEvent } from "../sync/event.ts";

const runs = 1_000;
const names = ["a", "b", "c", "d"];
type Fields = Pick<EventFields, "title" | "location">;
type Side = Map<string, Fields | null>;

/** Steps on some items; what each was before follows from those before it. */
const steps = fc.array(
  fc.record({
    name: fc.constantFrom(...names),
    side: fc.constantFrom("local" as const, "remote" as const),
    what: fc.constantFrom("title", "location", "both", "delete", "revive"),
    value: fc.string({ maxLength: 2 }),
  }),
  { maxLength: 12 },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

const startOf = (): Record<TrailRow["side"], Side> => {
  const side = () =>
    new Map<string, Fields | null>([
      ["a", { title: "a", location: "" }],
      ["b", { title: "b", location: "" }],
      ["c", null],
    ]);
  return { local: side(), remote: side() };
};

/** A session's trail, and both sides as it has left them. */
function played(all: readonly Step[]) {
  const sides = startOf();
  const trail = all.flatMap(({ name, side: on, what, value }): TrailRow[] => {
    const side = sides[on];
    const was = side.get(name) ?? null;
    const row = {
      eventId: name,
      linkId: null,
      remoteId: name,
      side: on,
      rule: what,
      version: 1,
      sent: null,
    };
    if (what === "delete") {
      if (was === null) return [];
      side.set(name, null);
      return [{ ...row, action: "deleted", fields: {} }];
    }
    if (was === null) {
      // An item that was there before is brought back; one that was not is made.
      const made = { title: value, location: "" };
      const isNew = !side.has(name);
      side.set(name, made);
      return [{ ...row, action: isNew ? "created" : "restored", fields: {}, sent: anEvent(made) }];
    }
    const now = {
      title: what === "title" || what === "both" ? value : was.title,
      location: what === "location" || what === "both" ? value : was.location,
    };
    side.set(name, now);
    const fields = Object.fromEntries(
      (["title", "location"] as const).flatMap((field) =>
        now[field] === was[field] ? [] : [[field, { before: was[field], after: now[field] }]],
      ),
    );
    return Object.keys(fields).length === 0 ? [] : [{ ...row, action: "updated", fields }];
  });
  return { trail, sides };
}

function linesOf(all: readonly Step[]): { lines: PlannedItem[]; sides: Record<string, Side> } {
  const { trail, sides } = played(all);
  const made = new Map(
    [...sides.local].flatMap(([name, fields]) =>
      fields ? [[name, anEvent(fields)] as const] : [],
    ),
  );
  return { lines: plannedItems(trail, made), sides };
}

describe("the lines of a plan", () => {
  it("are one for each item and side, whatever the number of steps", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { lines } = linesOf(all);
        const keys = lines.map(({ side, eventId, remoteId }) => `${side} ${eventId ?? remoteId}`);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: runs },
    );
  });

  it("come to what all steps come to, from what was there to what is there", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { lines, sides } = linesOf(all);
        const before = startOf();
        for (const { side, eventId, remoteId, action, fields } of lines) {
          const name = eventId ?? remoteId ?? "";
          const now = sides[side]?.get(name) ?? null;
          expect(action === "deleted").toBe(now === null);
          expect(action === "created").toBe(!before[side].has(name));
          for (const field of ["title", "location"] as const) {
            const line = fields[field];
            if (line && action === "updated")
              expect(line.before).toBe(before[side].get(name)?.[field]);
            if (line) expect(line.after).toBe(now?.[field]);
          }
        }
      }),
      { numRuns: runs },
    );
  });
});

describe("two plans", () => {
  it("of the same steps differ in nothing, in whatever order their lines are", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { lines } = linesOf(all);
        expect(movedBetween(lines, lines.toReversed())).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it("differ in exactly the line that is another, gone or new", () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, at) => {
        const { lines } = linesOf(all);
        fc.pre(lines.length > 0);
        const index = at % lines.length;
        const one = lines[index] as PlannedItem;
        const without = lines.filter((_, place) => place !== index);
        const changed = { ...one, held: !one.held };
        expect(movedBetween(lines, without)).toEqual([{ planned: one, now: null }]);
        expect(movedBetween(without, lines)).toEqual([{ planned: null, now: one }]);
        expect(movedBetween(lines, [...without, changed])).toEqual([
          { planned: one, now: changed },
        ]);
      }),
      { numRuns: runs },
    );
  });
});

it("a summary counts each line once: by side and action, or as held", () => {
  const { lines } = linesOf([
    { name: "a", side: "local", what: "title", value: "x" },
    { name: "b", side: "remote", what: "delete", value: "" },
    { name: "d", side: "remote", what: "revive", value: "new" },
  ]);
  const [first, ...others] = lines as [PlannedItem, ...PlannedItem[]];
  expect(summaryOf([{ ...first, held: true }, ...others])).toEqual({
    local: {},
    remote: { deleted: 1, created: 1 },
    held: 1,
  });
});
