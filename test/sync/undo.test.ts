import { describe, expect, it } from "vitest";
import type { EventFields } from "../../sync/event.ts";
import { occurrenceOf } from "../../sync/recurrence.ts";
import { planUndo } from "../../sync/undo.ts";
import type { Entry } from "../../sync/undo-effect.ts";
import type { Standing } from "../../sync/undo-scene.ts";
import { anEvent } from "./event.ts";

const series = anEvent({ title: "series", recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] });
const third = { local: "2026-03-11T09:00:00", zone: "Europe/Amsterdam" };
const given = occurrenceOf(series, third);

function standing(fields: EventFields, more: Partial<Standing> = {}): Standing {
  return { fields, deleted: false, version: 1, remote: fields, remoteIsAgreed: true, ...more };
}

const exception = (more: Partial<Standing> = {}): Standing =>
  standing({ ...given, title: "moved" }, { master: "m", originalStart: third, ...more });

const entry = (eventId: string, action: Entry["action"], more: Partial<Entry> = {}): Entry => ({
  eventId,
  side: "local",
  action,
  fields: {},
  version: 1,
  ...more,
});

function undoOf(entries: Entry[], standings: Record<string, Standing>) {
  const { items, left } = planUndo(entries, new Map(Object.entries(standings)));
  const short = new Map([...items].map(([name, { action }]) => [name, action]));
  return {
    items: Object.fromEntries(short),
    left: Object.fromEntries([...left].map(([name, { reason }]) => [name, reason])),
    fieldsOf: (name: string) => items.get(name)?.fields,
  };
}

describe("a series that a session made", () => {
  const made = [entry("m", "created"), entry("x", "created")];

  it("goes with the exceptions that the session made", () => {
    const { items, left } = undoOf(made, { m: standing(series), x: exception() });
    expect(items).toEqual({ "local m": "deleted", "local x": "deleted" });
    expect(left).toEqual({});
  });

  it("stays whole where one of its occurrences has changed since", () => {
    const { items, left } = undoOf(made, { m: standing(series), x: exception({ version: 2 }) });
    expect(items).toEqual({});
    expect(left).toEqual({
      "local m": "an occurrence of it has changed since",
      "local x": "its series stays",
    });
  });

  it("stays whole where somebody has changed another of its occurrences since", () => {
    const { items, left } = undoOf([entry("m", "created")], {
      m: standing(series),
      x: exception(),
    });
    expect(items).toEqual({});
    expect(left).toEqual({ "local m": "an occurrence of it has changed since" });
  });

  it("goes at the provider as one, with the occurrences that the session changed there", () => {
    const there = [
      entry("m", "created", { side: "remote" }),
      entry("x", "updated", {
        side: "remote",
        fields: { title: { before: "series", after: "moved" } },
      }),
    ];
    const { items } = undoOf(there, { m: standing(series), x: exception() });
    expect(items).toEqual({ "remote m": "deleted", "remote x": "deleted" });
  });
});

describe("an occurrence that a session changed, of a series that was there", () => {
  it("becomes again what the series gives at its place", () => {
    const { items, fieldsOf } = undoOf([entry("x", "created")], {
      m: standing(series),
      x: exception(),
    });
    expect(items).toEqual({ "local x": "updated" });
    expect(fieldsOf("local x")).toEqual({ title: { before: "moved", after: "series" } });
  });

  it("becomes what the series gives once the series has its own fields back", () => {
    const renamed = entry("m", "updated", {
      fields: { title: { before: "old", after: "series" } },
    });
    const { fieldsOf } = undoOf([renamed, entry("x", "created")], {
      m: standing(series),
      x: exception(),
    });
    expect(fieldsOf("local x")).toEqual({ title: { before: "moved", after: "old" } });
  });
});

describe("an occurrence at the provider that a session changed, of a series that it changed as well", () => {
  const was = anEvent({ ...series, title: "old" });
  const renamed = {
    side: "remote",
    fields: { title: { before: "old", after: "series" } },
  } as const;
  const moved = {
    side: "remote",
    fields: { title: { before: "series", after: "moved" } },
  } as const;

  it("becomes again what the series gives there once it has its own fields back", () => {
    const { fieldsOf } = undoOf([entry("m", "updated", renamed), entry("x", "updated", moved)], {
      m: standing(series),
      x: exception(),
    });
    expect(fieldsOf("remote m")).toEqual({ title: { before: "series", after: was.title } });
    expect(fieldsOf("remote x")).toEqual({ title: { before: "moved", after: was.title } });
  });
});

describe("a series that a session deleted", () => {
  const deleted = [entry("m", "deleted", { version: 2 }), entry("x", "deleted", { version: 2 })];
  const gone = { deleted: true, version: 2, remote: null };

  it("comes back with its exceptions, those among them that another connection made", () => {
    const { items, left } = undoOf(deleted, {
      m: standing(series, gone),
      x: exception({ ...gone, wentWithSeries: true }),
      y: exception({ ...gone, wentWithSeries: true, version: 7 }),
    });
    expect(items).toEqual({ "local m": "restored", "local x": "restored", "local y": "restored" });
    expect(left).toEqual({});
  });

  it("keeps its exceptions with it where it was brought back and deleted by somebody since", () => {
    const { items, left } = undoOf(deleted, {
      m: standing(series, { ...gone, version: 4 }),
      x: exception(gone),
    });
    expect(items).toEqual({});
    expect(left).toEqual({
      "local m": "it has changed since",
      "local x": "its series is there no more",
    });
  });

  it("leaves an exception whose place another has taken", () => {
    const { left } = undoOf([entry("x", "deleted", { version: 2 })], {
      m: standing(series),
      x: exception(gone),
      y: exception({ version: 3 }),
    });
    expect(left).toEqual({ "local x": "another has taken its place" });
  });
});

describe("several changes of one event in one session", () => {
  const first = entry("e", "updated", {
    version: 2,
    fields: { title: { before: "a", after: "b" } },
  });
  const second = entry("e", "updated", {
    version: 3,
    fields: { title: { before: "b", after: "c" } },
  });

  it("compose: the first before counts, and the last after", () => {
    const { fieldsOf } = undoOf([first, second], {
      e: standing(anEvent({ title: "c" }), { version: 3 }),
    });
    expect(fieldsOf("local e")).toEqual({ title: { before: "c", after: "a" } });
  });

  it("are nothing to undo where the session put back what it had done", () => {
    const back = { ...second, fields: { title: { before: "b", after: "a" } } };
    const { items, left } = undoOf([first, back], {
      e: standing(anEvent({ title: "a" }), { version: 3 }),
    });
    expect([items, left]).toEqual([{}, {}]);
  });

  it("do not take along what somebody wrote between them", () => {
    const made = entry("e", "created", { version: 1 });
    const { left } = undoOf([made, { ...second, version: 3 }], {
      e: standing(anEvent({ title: "c" }), { version: 3 }),
    });
    expect(left).toEqual({ "local e": "it has changed since" });
  });
});

it("says that an event which was removed for good is there no more", () => {
  expect(undoOf([entry("e", "updated")], {}).left).toEqual({
    "local e": "the event is there no more",
  });
});
