import { describe, expect, test } from "vitest";

import { decide, type Decision, type Rules, type Situation } from "../../sync/decide.ts";
import { eventFields, type EventFields } from "../../sync/event.ts";
import { anEvent } from "./event.ts";

const rules: Rules = {
  direction: "both",
  policy: "newest",
  fields: eventFields,
  timeResolutionMs: 1000,
};
const agreed = anEvent();

function decided(
  local: EventFields | null,
  remote: EventFields | null,
  more: Partial<Rules> & Partial<Situation> = {},
): Decision {
  const base = { local: agreed, remote: agreed };
  const situation = { local, remote, base, localTimes: {}, remoteUpdatedAt: null, ...more };
  return decide(situation, { ...rules, ...more });
}

function at(hour: string): EventFields["start"] {
  return { local: `2026-03-09T${hour}:00`, zone: "Europe/Amsterdam" };
}

describe("two sides that agreed before", () => {
  test("nothing changed, so nothing is done", () => {
    expect(decided(agreed, agreed)).toMatchObject({ action: "nothing", local: {}, remote: [] });
  });

  test("only the field that changed here travels there", () => {
    const { action, remote } = decided(anEvent({ title: "Retro" }), agreed);
    expect({ action, remote }).toEqual({ action: "write remote", remote: ["title"] });
  });

  test("only the field that changed there is stored here, and the base moves with it", () => {
    const { action, local, base } = decided(agreed, anEvent({ title: "Retro" }));
    expect({ action, local }).toEqual({ action: "write local", local: { title: "Retro" } });
    expect(base?.local.title).toBe("Retro");
    expect(base?.remote.title).toBe("Retro");
  });

  test("edits of different fields merge", () => {
    const { local, remote, conflicts } = decided(
      anEvent({ title: "Retro" }),
      anEvent({ location: "Room 2" }),
    );
    expect(local).toEqual({ location: "Room 2" });
    expect(remote).toEqual(["title"]);
    expect(conflicts).toEqual([]);
  });

  test("the same edit on both sides only moves the base", () => {
    const retro = anEvent({ title: "Retro" });
    const { action, base } = decided(retro, retro);
    expect({ action, base }).toEqual({ action: "agree", base: { local: retro, remote: retro } });
  });

  test("an edit that the provider cannot express travels nowhere", () => {
    const normalise = (fields: EventFields): EventFields => ({
      ...fields,
      title: fields.title.trim(),
    });
    const { action, remote, base } = decided(anEvent({ title: "Stand-up  " }), agreed, {
      normalise,
    });
    expect({ action, remote }).toEqual({ action: "agree", remote: [] });
    expect(base?.local.title).toBe("Stand-up  ");
  });

  test("a provider that rounds is not taken for an editor", () => {
    const rounded = anEvent({ start: at("09:00") });
    const exact = anEvent({ start: { local: "2026-03-09T09:00:20", zone: "Europe/Amsterdam" } });
    expect(decided(exact, rounded, { base: { local: exact, remote: rounded } }).action).toBe(
      "nothing",
    );
  });
});

describe("deletes", () => {
  test("a delete travels, in either direction", () => {
    expect(decided(null, agreed).action).toBe("delete remote");
    expect(decided(agreed, null).action).toBe("delete local");
  });

  test("an edit there is never lost to a delete here", () => {
    const edited = anEvent({ title: "Retro" });
    const decision = decided(null, edited);
    expect(decision).toMatchObject({ action: "write local", local: edited });
    expect(decision.base).toEqual({ local: edited, remote: edited });
  });

  test("an edit here is never lost to a delete there: the item is made again", () => {
    const decision = decided(anEvent({ title: "Retro" }), null);
    expect(decision).toMatchObject({ action: "write remote", remote: eventFields, base: null });
  });

  test("what both sides deleted is forgotten", () => {
    expect(decided(null, null).action).toBe("forget");
  });

  test("a cancelled occurrence is a value that travels, not a delete", () => {
    const { action, remote } = decided(anEvent({ status: "cancelled" }), agreed);
    expect({ action, remote }).toEqual({ action: "write remote", remote: ["status"] });
  });
});

describe("a field that both sides changed", () => {
  const ours = anEvent({ title: "Ours" });
  const theirs = anEvent({ title: "Theirs" });
  const conflict = { field: "title", base: "Stand-up", local: "Ours", remote: "Theirs" };

  test("goes to the later edit, and the earlier one is kept", () => {
    const later = decided(ours, theirs, { localTimes: { title: 5000 }, remoteUpdatedAt: 9000 });
    expect(later).toMatchObject({ action: "resolve", local: { title: "Theirs" }, remote: [] });
    expect(later.conflicts).toEqual([{ ...conflict, winner: "remote" }]);
    const earlier = decided(ours, theirs, { localTimes: { title: 9000 }, remoteUpdatedAt: 5000 });
    expect(earlier).toMatchObject({ action: "resolve", local: {}, remote: ["title"] });
    expect(earlier.conflicts).toEqual([{ ...conflict, winner: "local" }]);
  });

  test("goes to us when the clocks cannot tell", () => {
    const tie = { localTimes: { title: 5000 }, remoteUpdatedAt: 5999 };
    expect(decided(ours, theirs, tie).remote).toEqual(["title"]);
    expect(decided(ours, theirs, { remoteUpdatedAt: 9000 }).remote).toEqual(["title"]);
    expect(decided(ours, theirs, { localTimes: { title: 1 } }).remote).toEqual(["title"]);
    const justLater = { localTimes: { title: 5000 }, remoteUpdatedAt: 6000 };
    expect(decided(ours, theirs, justLater).local).toEqual({ title: "Theirs" });
  });

  test("goes to the side that the policy names", () => {
    expect(decided(ours, theirs, { policy: "ours" }).remote).toEqual(["title"]);
    expect(decided(ours, theirs, { policy: "theirs" }).local).toEqual({ title: "Theirs" });
  });

  test("rests while a person is asked, and the other fields go on", () => {
    const here = anEvent({ title: "Ours", location: "Room 2" });
    const there = anEvent({ title: "Theirs", notes: "Bring cake" });
    const { local, remote, base, conflicts } = decided(here, there, { policy: "ask" });
    expect(local).toEqual({ notes: "Bring cake" });
    expect(remote).toEqual(["location"]);
    expect(base?.local.title).toBe("Stand-up");
    expect(base?.remote.title).toBe("Stand-up");
    expect(conflicts).toEqual([{ ...conflict, winner: "nobody" }]);
  });

  test("travels as any edit once it has won, also when it is taken back before it has arrived", () => {
    const { base } = decided(ours, theirs, { policy: "ours" });
    expect(decided(ours, theirs, { base }).remote).toEqual(["title"]);
    expect(decided(agreed, theirs, { base }).remote).toEqual(["title"]);
  });
});

describe("an owner", () => {
  const edited = anEvent({ title: "Edited" });

  test("there puts our edits back, and they are kept", () => {
    const { local, remote, conflicts } = decided(edited, agreed, {
      policy: "owner",
      owner: "remote",
    });
    expect({ local, remote }).toEqual({ local: { title: "Stand-up" }, remote: [] });
    expect(conflicts).toMatchObject([{ field: "title", local: "Edited", winner: "remote" }]);
  });

  test("there gives us back exactly what we had, not what the provider made of it", () => {
    const exact = anEvent({ title: "Stand-up  " });
    const base = { local: exact, remote: agreed };
    const { local } = decided(edited, agreed, { policy: "owner", owner: "remote", base });
    expect(local).toEqual({ title: "Stand-up  " });
  });

  test("there gives theirs as a whole where one value of ours is theirs already", () => {
    const blank = (second: string): EventFields => {
      const start = { local: `2026-03-09T09:00:${second}`, zone: "Europe/Amsterdam" };
      return anEvent({ title: "", status: "cancelled", start, end: start });
    };
    const base = { local: blank("31"), remote: blank("00") };
    const revived = anEvent({ start: blank("00").start });
    const { local } = decided(revived, base.remote, { policy: "owner", owner: "remote", base });
    expect({ ...revived, ...local }).toEqual(base.remote);
  });

  test("there does so even where nothing of ours may travel", () => {
    const decision = decided(edited, agreed, { policy: "owner", owner: "remote", direction: "in" });
    expect(decision.local).toEqual({ title: "Stand-up" });
  });

  test("here puts their edits back, once named and sent until it has arrived", () => {
    const first = decided(agreed, edited, { policy: "owner", owner: "local" });
    expect(first).toMatchObject({ action: "resolve", local: {}, remote: ["title"] });
    expect(first.conflicts).toMatchObject([{ field: "title", remote: "Edited", winner: "local" }]);
    const again = decided(agreed, edited, { policy: "owner", owner: "local", base: first.base });
    expect(again).toMatchObject({ action: "write remote", remote: ["title"], conflicts: [] });
  });

  test("deletes although the other side edited, and the edit is kept", () => {
    const { action, conflicts } = decided(edited, null, { policy: "owner", owner: "remote" });
    expect(action).toBe("delete local");
    expect(conflicts).toEqual([
      { field: "title", base: "Stand-up", local: "Edited", remote: null, winner: "remote" },
    ]);
  });

  test("does not force back what the other side deleted", () => {
    expect(
      decided(null, edited, { policy: "owner", owner: "remote", direction: "in" }).action,
    ).toBe("nothing");
  });
});

describe("start and end", () => {
  const later = anEvent({ start: at("11:00"), end: at("12:00") });
  const longer = anEvent({ end: at("10:30") });

  test("go together when both sides moved the event", () => {
    const { local, remote, conflicts } = decided(later, longer, { policy: "theirs" });
    expect(local).toEqual({ start: at("09:00"), end: at("10:30") });
    expect(remote).toEqual([]);
    expect(conflicts.map(({ field }) => field)).toEqual(["start", "end"]);
  });

  test("keep the winner's end although only the other side changed it", () => {
    const earlier = anEvent({ start: at("08:00") });
    const { remote, conflicts } = decided(earlier, longer, { policy: "ours" });
    expect(remote).toEqual(["start", "end"]);
    expect(conflicts).toMatchObject([{ field: "end", remote: at("10:30"), winner: "local" }]);
  });

  test("travel one by one when only one side changed them", () => {
    expect(decided(longer, anEvent({ title: "Retro" })).remote).toEqual(["end"]);
  });

  test("take the recurrence along when one side made the event all-day", () => {
    const day = { start: { date: "2026-03-09" }, end: { date: "2026-03-10" } };
    const here = anEvent({ ...day, recurrence: ["RRULE:FREQ=DAILY;UNTIL=20260401"] });
    const there = anEvent({ recurrence: ["RRULE:FREQ=DAILY;UNTIL=20260315T080000Z"] });
    expect(decided(here, there, { policy: "ours" }).remote).toEqual(["start", "end", "recurrence"]);
    expect(decided(here, there, { policy: "theirs" }).remote).toEqual([]);
  });

  test("an occurrence is cancelled or edited, never half of each", () => {
    const cancelled = anEvent({ title: "", status: "cancelled", end: agreed.start });
    const retro = anEvent({ description: "Retro" });
    const won = decided(retro, cancelled, { policy: "ours" });
    expect({
      ...cancelled,
      ...Object.fromEntries(won.remote.map((field) => [field, retro[field]])),
    }).toEqual(retro);
    expect({ ...retro, ...decided(retro, cancelled, { policy: "theirs" }).local }).toEqual(
      cancelled,
    );
  });
});

describe("one direction", () => {
  const here = anEvent({ title: "Ours", location: "Room 2" });
  const there = anEvent({ title: "Theirs", notes: "Bring cake" });

  test("in: their edits come, ours stay where they are", () => {
    const { local, remote } = decided(here, there, { direction: "in", policy: "theirs" });
    expect({ local, remote }).toEqual({
      local: { title: "Theirs", notes: "Bring cake" },
      remote: [],
    });
  });

  test("out: our edits go, theirs stay where they are", () => {
    const { local, remote } = decided(here, there, { direction: "out", policy: "ours" });
    expect({ local, remote }).toEqual({ local: {}, remote: ["title", "location"] });
  });

  test("a winner that may not travel is named once", () => {
    for (const [direction, policy] of [
      ["in", "ours"],
      ["out", "theirs"],
    ] as const) {
      const first = decided(here, there, { direction, policy });
      expect(first.conflicts).toHaveLength(1);
      const local = { ...here, ...first.local };
      expect(decided(local, there, { direction, policy, base: first.base }).conflicts).toEqual([]);
    }
  });

  test("a forbidden change leaves the base where it is", () => {
    const { action, base } = decided(here, agreed, { direction: "in" });
    expect({ action, base }).toEqual({
      action: "nothing",
      base: { local: agreed, remote: agreed },
    });
  });
});

describe("sides that never agreed", () => {
  test("the one that is there alone is copied", () => {
    expect(decided(null, agreed, { base: null })).toMatchObject({
      action: "write local",
      local: agreed,
    });
    expect(decided(agreed, null, { base: null })).toMatchObject({
      action: "write remote",
      remote: eventFields,
    });
    expect(decided(null, null, { base: null }).action).toBe("nothing");
  });

  test("equal ones agree", () => {
    const { action, base } = decided(agreed, agreed, { base: null });
    expect({ action, base }).toEqual({ action: "agree", base: { local: agreed, remote: agreed } });
  });

  test("unlike ones are resolved field by field", () => {
    const { local, remote, conflicts } = decided(agreed, anEvent({ title: "Retro" }), {
      base: null,
      policy: "ours",
    });
    expect({ local, remote }).toEqual({ local: {}, remote: ["title"] });
    expect(conflicts).toEqual([
      { field: "title", base: null, local: "Stand-up", remote: "Retro", winner: "local" },
    ]);
  });
});
