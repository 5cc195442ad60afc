import fc from "fast-check";
import { expect, test } from "vitest";
import { changedFields, sameValue } from "../../sync/change.ts";
import { decide, type Direction, type Policy } from "../../sync/decide.ts";
import { eventFields, type EventField, type EventFields } from "../../sync/event.ts";
import { planUndo } from "../../sync/undo.ts";
import { lossy } from "./history.ts";
import { afterSession, applyUndo, sidesOf, standingOf, type World } from "./undo-world.ts";
import { aSide } from "./undo-sides.ts";

const runs = { numRuns: 5_000 };
const policies: Policy[] = ["newest", "ours", "theirs", "owner", "ask"];
const directions: Direction[] = ["both", "in", "out"];

const rules = fc
  .record({
    direction: fc.constantFrom(...directions),
    policy: fc.constantFrom(...policies),
    owner: fc.constantFrom("local" as const, "remote" as const),
    cuts: fc.constantFrom("nothing", "as foreseen", "by surprise"),
  })
  .map(({ cuts, ...rest }) => ({
    ...rest,
    fields: eventFields,
    timeResolutionMs: 1,
    stores: cuts === "nothing" ? (fields: EventFields) => fields : lossy,
    ...(cuts === "as foreseen" && { normalise: lossy }),
  }));

/** Sides that agreed once, or never, and were edited or deleted since by whoever; few values, so that some are equal. */
const world = fc
  .record({
    local: fc.option(aSide),
    wasThere: fc.boolean(),
    remote: fc.option(aSide),
    base: fc.option(aSide, { freq: 8 }),
    rules,
  })
  .map(({ local, wasThere, remote, base, rules: of }): World => ({
    rules: of,
    event: local
      ? { fields: local, deleted: false, version: 3 }
      : base && wasThere
        ? { fields: base, deleted: true, version: 3 }
        : null,
    remote: remote && of.stores(remote),
    base: base && { local: base, remote: of.stores(base) },
  }));

test("a session and then its undo leave both sides as they were", () => {
  const property = fc.property(world, (before) => {
    const { entries, world: after } = afterSession(before);
    const undo = planUndo(entries, standingOf(after));
    expect([...undo.left.values()]).toEqual([]);
    expect(sidesOf(applyUndo(after, undo))).toEqual(sidesOf(before));
  });
  fc.assert(property, runs);
});

test("I2: what was undone is agreed to: deciding again writes nothing", () => {
  const property = fc.property(world, (before) => {
    const { entries, world: after } = afterSession(before);
    const undone = applyUndo(after, planUndo(entries, standingOf(after)));
    const { event, remote, base } = undone;
    fc.pre(event !== null && !event.deleted && remote !== null && entries.length > 0);
    const decided = decide(
      { local: event.fields, remote, base, localTimes: {}, remoteUpdatedAt: 0 },
      // Under an owner the sides are never to differ, and a person who is asked has not answered yet.
      { ...before.rules, policy: before.rules.policy === "ask" ? "ask" : "newest" },
    );
    expect(decided.local).toEqual({});
    const untouched = (field: EventField) => !entries.some(({ fields }) => fields[field]);
    expect(decided.remote.filter((field) => !untouched(field))).toEqual([]);
  });
  fc.assert(property, runs);
});

test("the undo of an undo leaves both sides as the session had left them", () => {
  const property = fc.property(world, (before) => {
    const { entries, world: after } = afterSession(before);
    const undo = planUndo(entries, standingOf(after));
    const undone = applyUndo(after, undo);
    const again = planUndo(undone.entries, standingOf(undone));
    expect([...again.left.values()]).toEqual([]);
    expect(sidesOf(applyUndo(undone, again))).toEqual(sidesOf(after));
  });
  fc.assert(property, runs);
});

const laterEdits = fc.array(
  fc.record({
    side: fc.constantFrom("local" as const, "remote" as const),
    field: fc.constantFrom<EventField>("title", "description", "location", "notes"),
  }),
  { minLength: 1, maxLength: 3 },
);

test("what was edited after a session stays as it was edited, and is listed where the session had written it", () => {
  const property = fc.property(world, laterEdits, (before, edits) => {
    const { entries, world: after } = afterSession(before);
    const now = structuredClone({ event: after.event, remote: after.remote });
    const made: typeof edits = [];
    for (const [n, edit] of edits.entries()) {
      const side = edit.side === "local" ? now.event?.fields : now.remote;
      if (!side || (edit.side === "local" && now.event?.deleted)) continue;
      Object.assign(side, { [edit.field]: `edited ${n}` });
      if (edit.side === "local" && now.event) now.event.version += 1;
      made.push(edit);
    }
    const edited = { ...after, ...now };
    const undo = planUndo(entries, standingOf(edited));
    const undone = applyUndo(edited, undo);
    for (const { side, field } of made) {
      const [then, since] =
        side === "local"
          ? [undone.event?.fields, edited.event?.fields]
          : [undone.remote, edited.remote];
      expect(then?.[field]).toEqual(since?.[field]);
      if (side === "local") expect(undone.event?.deleted).toBe(false);
      const written = entries.some((entry) => entry.side === side && entry.fields[field]);
      if (written && !isLostAgain(entries, side, field))
        expect(undo.left.has(`${side} e`)).toBe(true);
    }
  });
  fc.assert(property, runs);
});

/** A session may put a field back by itself; then there is nothing to list. */
function isLostAgain(
  entries: ReturnType<typeof afterSession>["entries"],
  side: "local" | "remote",
  field: EventField,
): boolean {
  const own = entries.filter((entry) => entry.side === side && entry.fields[field]);
  return sameValue(own.at(0)?.fields[field]?.before, own.at(-1)?.fields[field]?.after);
}

test("no undo makes an event that ends before it begins, or begins on a date and ends on a clock", () => {
  const property = fc.property(
    world,
    aSide,
    fc.constantFrom<EventField>("start", "end"),
    (before, other, moved) => {
      const { entries, world: after } = afterSession(before);
      fc.pre(after.event !== null && !after.event.deleted);
      const fields = { ...after.event.fields, [moved]: other[moved] };
      fc.pre(isWhole(fields) && changedFields(after.event.fields, fields, [moved]).length > 0);
      const edited = {
        ...after,
        event: { ...after.event, fields, version: after.event.version + 1 },
      };
      const undone = applyUndo(edited, planUndo(entries, standingOf(edited)));
      expect(undone.event && isWhole(undone.event.fields)).toBe(true);
    },
  );
  fc.assert(property, runs);
});

function isWhole({ start, end, status }: EventFields): boolean {
  if (status === "cancelled") return true;
  if ("date" in start || "date" in end) return "date" in start && "date" in end;
  return start.local <= end.local;
}
