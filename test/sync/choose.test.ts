import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Choice, choose, goesWith } from "../../sync/choose.ts";
import { decide, type Rules } from "../../sync/decide.ts";
import { type EventField, eventFields } from "../../sync/event.ts";
import { anEvent } from "./event.ts";

const rules: Rules = {
  direction: "both",
  policy: "ask",
  fields: eventFields,
  timeResolutionMs: 1,
};
const texts = ["title", "description", "location", "notes"] as const satisfies EventField[];
const base = { local: anEvent(), remote: anEvent() };
const local = anEvent({ title: "ours", location: "ours" });
const remote = anEvent({ title: "theirs", location: "theirs" });

/** What is decided once the choices are stored. */
function after(choices: Partial<Record<EventField, Choice>>) {
  const chosen = choose({ local, remote, base }, choices);
  const now = { ...local, ...chosen.local };
  const times = { localTimes: {}, remoteUpdatedAt: null };
  return { now, decision: decide({ local: now, remote, base: chosen.base, ...times }, rules) };
}

describe("a person's choice", () => {
  it("for ours sends ours, and leaves the other field waiting", () => {
    const { now, decision } = after({ title: "local" });
    expect(now.title).toBe("ours");
    expect(decision.remote).toEqual(["title"]);
    expect(decision.conflicts.map(({ field }) => field)).toEqual(["location"]);
  });

  it("for theirs takes theirs over and sends nothing", () => {
    const { now, decision } = after({ title: "remote", location: "remote" });
    expect(now).toMatchObject({ title: "theirs", location: "theirs" });
    expect([decision.remote, decision.conflicts]).toEqual([[], []]);
  });

  it("for a value made of both sends that value", () => {
    const { now, decision } = after({ title: { value: "ours, theirs" }, location: "local" });
    expect(now.title).toBe("ours, theirs");
    expect(decision.remote).toEqual(["title", "location"]);
  });
});

const text = fc.constantFrom("a", "b", "c");
const keep = fc.constantFrom<Choice>("local", "remote");
const side = fc.record({ title: text, description: text, location: text, notes: text });

it("whatever the sides are, choosing every field ends every conflict, and the choice is what both get", () => {
  const choices = fc.record({ title: keep, description: keep, location: keep, notes: keep });
  fc.assert(
    fc.property(side, side, side, choices, (mine, its, old, picked) => {
      const sides = {
        local: anEvent(mine),
        remote: anEvent(its),
        base: { local: anEvent(old), remote: anEvent(old) },
      };
      const chosen = choose(sides, picked);
      const now = { ...sides.local, ...chosen.local };
      const both = { local: now, remote: sides.remote, base: chosen.base };
      const decision = decide({ ...both, localTimes: {}, remoteUpdatedAt: null }, rules);
      expect([decision.conflicts, decision.local]).toEqual([[], {}]);
      for (const field of texts) {
        const wanted = picked[field] === "remote" ? its[field] : mine[field];
        expect(now[field]).toBe(wanted);
        expect(decision.remote.includes(field)).toBe(wanted !== its[field]);
      }
    }),
    { numRuns: 1_000 },
  );
});

describe("a standing answer", () => {
  const both = { local, remote, base, localTimes: {}, remoteUpdatedAt: null };

  it("comes before the policy, in its field alone", () => {
    const decision = decide(both, { ...rules, policy: "ours", standing: { title: "remote" } });
    expect(decision.local).toEqual({ title: "theirs" });
    expect(decision.remote).toEqual(["location"]);
  });

  it("says nothing where one side alone has changed the field, nor under an owner", () => {
    const mine = { ...both, remote: anEvent(), base };
    const keepsTheirs = { ...rules, standing: { title: "remote", location: "remote" } } as const;
    expect(decide(mine, keepsTheirs).remote).toEqual(["title", "location"]);
    expect(decide(both, { ...keepsTheirs, policy: "owner", owner: "local" }).local).toEqual({});
  });
});

it("start and end go together, and a field that stands alone goes by itself", () => {
  const moved = anEvent({
    start: { local: "2026-03-10T09:00:00", zone: "Europe/Amsterdam" },
    end: { local: "2026-03-10T10:00:00", zone: "Europe/Amsterdam" },
  });
  const sides = { local: anEvent(), remote: moved, base };
  expect(goesWith("end", sides, eventFields)).toEqual(["start", "end"]);
  expect(goesWith("title", sides, eventFields)).toEqual(["title"]);
});
