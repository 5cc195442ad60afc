import { describe, expect, it } from "vitest";
import { eventFields } from "../../sync/event.ts";
import { type Facts, standing } from "../../sync/in-step.ts";
import { anEvent } from "./event.ts";

const event = anEvent();
const settled: Facts = {
  direction: "both",
  enabled: true,
  pausedReason: null,
  grantState: "ok",
  hasCalendar: true,
  waitUntil: null,
  lastError: null,
  preview: false,
  local: event,
  link: "live",
  linkReason: null,
  remote: event,
  base: { local: event, remote: event },
  deletionSeen: false,
  conflicts: [],
  heldLocal: false,
  heldRemote: false,
  write: "completed",
  writeError: null,
  nextAttemptAt: null,
  fields: eventFields,
  normalise: (fields) => fields,
};
const queued = { write: "pending" } as const;
const stop = (more: Partial<Facts>) => standing({ ...settled, ...more });

describe("an event is in step", () => {
  it("when both sides are the same, whatever the connection could do now", () => {
    expect(stop({})).toMatchObject({ inStep: true, stoppedAt: null });
    expect(stop({ enabled: false, grantState: "needs_reauth" }).inStep).toBe(true);
  });

  it("when the provider holds what it makes of our values", () => {
    const cut = (fields: typeof event) => ({ ...fields, title: fields.title.slice(0, 2) });
    expect(stop({ remote: cut(event), normalise: cut }).inStep).toBe(true);
  });

  it("when both sides have deleted it", () => {
    expect(stop({ local: null, remote: null, link: "tombstone" }).inStep).toBe(true);
  });
});

describe("an event that is not in step says where it stops", () => {
  it.each<[string, Partial<Facts>, RegExp]>([
    ["the connection is connected", { ...queued, grantState: "needs_reauth" }, /grant/],
    ["a remote calendar is chosen", { ...queued, hasCalendar: false }, /chosen/],
    ["the connection is not paused", { ...queued, enabled: false, pausedReason: "move" }, /move/],
    ["no preview waits", { ...queued, preview: true }, /preview/],
    ["its series has arrived", { link: "waiting", linkReason: "no series" }, /no series/],
    ["it can be understood", { link: "set-aside", linkReason: "no date" }, /no date/],
    ["the provider can hold it", { link: "kept-out", linkReason: "a series" }, /a series/],
    ["no conflict waits", { conflicts: ["title", "location"] }, /title, location/],
    [
      "its deletion is not held",
      { deletionSeen: true, heldLocal: true, remote: null },
      /deletions/,
    ],
    [
      "its deletion is not held",
      { ...queued, local: null, heldRemote: true },
      /more deletions than usual/,
    ],
    ["the provider may be called", { ...queued, waitUntil: "2026-12-01T10:00:00Z" }, /until 2026/],
    ["it was not refused", { write: "failed", writeError: "too long" }, /too long/],
    ["nothing is on its way", { ...queued, writeError: "503" }, /queued: 503/],
    [
      "the provider's deletion has been taken over",
      { deletionSeen: true, remote: null },
      /deleted/,
    ],
    ["both sides are the same", { link: null, remote: null, base: null, write: null }, /not met/],
    ["both sides are the same", { remote: anEvent({ title: "theirs" }) }, /differs: title/],
  ])("%s", (rule, facts, reason) => {
    const told = stop(facts);
    expect(told.stoppedAt).toBe(rule);
    expect(told.reason).toMatch(reason);
    expect(told.whatToDo).toBeTruthy();
    expect(told.checks.at(-1)).toEqual({ rule, passed: false });
    expect(told.checks.slice(0, -1).every(({ passed }) => passed)).toBe(true);
  });

  it("and that a difference was agreed to, as after taking a session back", () => {
    const theirs = anEvent({ title: "theirs" });
    expect(stop({ remote: theirs, base: { local: event, remote: theirs } }).reason).toBe(
      "differs, and was agreed to: title",
    );
  });

  it("and what a direction does not do", () => {
    expect(stop({ remote: anEvent({ title: "x" }), direction: "in" }).whatToDo).toContain(
      "only brings in",
    );
  });
});
