import fc from "fast-check";
import { expect, test } from "vitest";

import { pick, sameValue } from "../../sync/change.ts";
import {
  decide,
  type Decision,
  type Direction,
  firstMeeting,
  type Policy,
  type Rules,
  type Situation,
  table,
} from "../../sync/decide.ts";
import {
  eventFields,
  type EventField,
  type EventFields,
  type EventTime,
} from "../../sync/event.ts";
import { anEvent } from "./event.ts";
import { lossy } from "./history.ts";

const runs = { numRuns: 5_000 };
const policies: Policy[] = ["newest", "ours", "theirs", "owner", "ask"];
const directions: Direction[] = ["both", "in", "out"];

function clock(hour: number): EventTime {
  return { local: `2026-03-09T${hour < 10 ? "0" : ""}${hour}:00:20`, zone: "Europe/Amsterdam" };
}

const text = fc.constantFrom("", "one", "one ", "two", "three");
const times = fc.oneof(
  fc.record({
    start: fc.nat(3).map(clock),
    end: fc.integer({ min: 4, max: 6 }).map((hour) => clock(hour * 2)),
  }),
  fc.constant({ start: { date: "2026-03-09" }, end: { date: "2026-03-10" } }),
);

/** Few values, so that sides are often equal. */
const side: fc.Arbitrary<EventFields> = fc
  .record({
    title: text,
    description: text,
    times,
    status: fc.constantFrom("confirmed", "tentative"),
    recurrence: fc.constantFrom([], ["RRULE:FREQ=DAILY"], ["RRULE:FREQ=WEEKLY"]),
    isCancelled: fc.nat(9).map((n) => n === 0),
  })
  .map(({ times: { start, end }, isCancelled, ...rest }) =>
    isCancelled
      ? anEvent({ title: "", status: "cancelled", start: clock(1), end: clock(1) })
      : anEvent({ ...rest, start, end }),
  );

const time = fc.option(fc.nat(6), { nil: undefined });

const localTimes = fc
  .array(time, { minLength: eventFields.length, maxLength: eventFields.length })
  .map((all) => {
    const known = eventFields.map((field, index) => [field, all[index]] as const);
    return Object.fromEntries(known.filter(([, ms]) => ms !== undefined));
  });

const situation: fc.Arbitrary<Situation> = fc.record({
  local: fc.option(side),
  remote: fc.option(side),
  base: fc.option(
    side.map((fields) => ({ local: fields, remote: lossy(fields) })),
    { freq: 8 },
  ),
  localTimes,
  remoteUpdatedAt: fc.option(fc.nat(6)),
});

const carried = fc.constantFrom<readonly EventField[]>(
  eventFields,
  ["title", "start", "end"],
  ["title", "description", "status", "start"],
);

const rules: fc.Arbitrary<Rules> = fc
  .record({
    direction: fc.constantFrom(...directions),
    policy: fc.constantFrom(...policies),
    owner: fc.constantFrom<"local" | "remote">("local", "remote"),
    fields: carried,
    timeResolutionMs: fc.nat(2),
    knows: fc.boolean(),
  })
  .map(({ knows, ...rest }) => (knows ? { ...rest, normalise: lossy } : rest));

/** The situation once the decision is stored and nothing has been sent yet. */
function stored(before: Situation, { action, local, base }: Decision): Situation {
  if (action === "delete local") return { ...before, local: null, base };
  const hasWrites = Object.keys(local).length > 0;
  const ours = hasWrites
    ? ({ ...(before.local ?? before.remote), ...local } as EventFields)
    : before.local;
  return { ...before, local: ours, base };
}

test("deciding again, once the decision is stored, asks for the same writes and nothing else", () => {
  const property = fc.property(situation, rules, (before, by) => {
    const first = decide(before, by);
    const after = stored(before, first);
    const again = decide(after, by);
    expect(again.remote).toEqual(first.remote);
    expect(again.local).toEqual({});
    expect(again.base).toEqual(first.base);
    const expected = first.conflicts.filter(({ winner }) => winner === "nobody");
    expect(again.conflicts).toEqual(expected);
    if (expected.length > 0) expect(again.action).toBe("resolve");
    else if (first.remote.length > 0) expect(again.action).toBe("write remote");
    else expect(["nothing", "forget", "delete remote"]).toContain(again.action);
  });
  fc.assert(property, { numRuns: 20_000 });
});

test("I9: only fields that the connection carries are written, on either side", () => {
  const property = fc.property(situation, rules, (before, by) => {
    const { local, remote, conflicts } = decide(before, by);
    const touched = [...Object.keys(local), ...remote, ...conflicts.map(({ field }) => field)];
    expect(touched.filter((field) => !by.fields.includes(field as EventField))).toEqual([]);
  });
  fc.assert(property, runs);
});

test("I3: a value that nobody agreed to is overwritten only as the loser of a named conflict", () => {
  const property = fc.property(situation, rules, (before, by) => {
    const { local, remote, conflicts } = decide(before, by);
    const isNamed = (name: EventField, side_: "local" | "remote", value: unknown): boolean =>
      conflicts.some(({ field, ...values }) => field === name && sameValue(values[side_], value));
    for (const field of by.fields) {
      if (before.local && field in local) {
        const old = before.local[field];
        const isKnown = before.base && sameValue(old, before.base.local[field]);
        expect(isKnown || isNamed(field, "local", old)).toBe(true);
      }
      if (before.remote && remote.includes(field)) {
        const old = before.remote[field];
        const isKnown = before.base && sameValue(old, before.base.remote[field]);
        expect(isKnown || isNamed(field, "remote", old)).toBe(true);
      }
    }
  });
  fc.assert(property, runs);
});

test("I17: moving all clocks by the same amount changes nothing, and only newest looks at them", () => {
  const shift = fc.integer({ min: -86_400_000, max: 86_400_000 });
  const property = fc.property(situation, rules, shift, localTimes, (before, by, ms, others) => {
    const entries = Object.entries(before.localTimes).map(
      ([field, at]) => [field, at + ms] as const,
    );
    const shifted: Situation = {
      ...before,
      localTimes: Object.fromEntries(entries),
      remoteUpdatedAt: before.remoteUpdatedAt === null ? null : before.remoteUpdatedAt + ms,
    };
    expect(decide(shifted, by)).toEqual(decide(before, by));
    if (by.policy === "newest") return;
    const elsewhen: Situation = { ...before, localTimes: others, remoteUpdatedAt: ms };
    expect(decide(elsewhen, by)).toEqual(decide(before, by));
  });
  fc.assert(property, runs);
});

test("I19: deciding changes nothing that it was given, and the same facts give the same decision", () => {
  const property = fc.property(situation, rules, (before, by) => {
    const copy = structuredClone(before);
    const first = decide(before, by);
    expect(before).toEqual(copy);
    expect(decide(copy, by)).toEqual(first);
  });
  fc.assert(property, runs);
});

const mirrored: Record<Direction, Direction> = { both: "both", in: "out", out: "in" };

function mirrorWords(action: string): string {
  const swapped: Record<string, string> = { local: "remote", remote: "local" };
  return action.replace(/local|remote/, (word) => swapped[word] ?? word);
}

test("the tables treat both sides alike", () => {
  const changes = ["unchanged", "changed", "deleted"] as const;
  for (const direction of directions) {
    const other = mirrored[direction];
    for (const ours of changes) {
      for (const theirs of changes) {
        const action = mirrorWords(table[direction][ours][theirs]);
        expect(table[other][theirs][ours], `${direction} ${ours} ${theirs}`).toBe(action);
      }
    }
    expect(firstMeeting[other]["only remote"]).toBe(
      mirrorWords(firstMeeting[direction]["only local"]),
    );
    expect(firstMeeting[other].both).toBe(firstMeeting[direction].both);
    expect(firstMeeting[other].neither).toBe(firstMeeting[direction].neither);
  }
});

const mirroredPolicy: Record<Policy, Policy> = {
  newest: "newest",
  ours: "theirs",
  theirs: "ours",
  owner: "owner",
  ask: "ask",
};

/** What both sides hold once everything has arrived; a deleted side is null. */
function outcome(before: Situation, by: Rules): [EventFields | null, EventFields | null] {
  const decision = decide(before, by);
  const { local } = stored(before, decision);
  if (decision.action === "delete remote") return [local, null];
  if (!local || decision.remote.length === 0) return [local, before.remote];
  return [local, { ...(before.remote ?? local), ...pick(local, decision.remote) }];
}

test("what becomes of an item does not depend on which side is called ours", () => {
  const property = fc.property(situation, rules, (drawn, by) => {
    // Ties are ours by design, and a base that a provider cut is not symmetric.
    fc.pre(by.policy !== "newest");
    const base = drawn.base && { local: drawn.base.local, remote: drawn.base.local };
    const before = { ...drawn, base };
    const { normalise: _, ...plain } = by;
    const after: Situation = { ...before, local: before.remote, remote: before.local };
    const rulesAfter: Rules = {
      ...plain,
      fields: eventFields,
      direction: mirrored[by.direction],
      policy: mirroredPolicy[by.policy],
      owner: by.owner === "local" ? "remote" : "local",
    };
    const [ours, theirs] = outcome(before, { ...plain, fields: eventFields });
    expect(outcome(after, rulesAfter)).toEqual([theirs, ours]);
  });
  fc.assert(property, runs);
});

test("a start and an end always come from one side", () => {
  const property = fc.property(situation, rules, (before, by) => {
    fc.pre(by.fields.includes("start") && by.fields.includes("end"));
    for (const fields of outcome(before, by)) {
      if (!fields) continue;
      const pairs = [before.local, before.remote, before.base?.local].map((from) => [
        from?.start,
        from?.end,
      ]);
      expect(pairs).toContainEqual([fields.start, fields.end]);
    }
  });
  fc.assert(property, runs);
});
