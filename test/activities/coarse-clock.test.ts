import { describe, expect, it } from "vitest";
import { isOld } from "../../activities/reconcile-old.ts";
import type { RemoteLiving } from "../../connectors/connector.ts";
import { type Link, newLink } from "../../db/links.ts";
import { eventFields, type EventItem } from "../../sync/event.ts";
import { anEvent } from "../sync/event.ts";

const minute = 60_000;
const at = Date.parse("2026-12-01T10:05:00Z");
const rules = {
  direction: "both",
  policy: "newest",
  fields: eventFields,
  timeResolutionMs: minute,
} as const;
const when = (now: number, isReadByItself = false) => ({
  rules,
  now,
  clockOffset: 0,
  isReadByItself,
  earlierMarks: new Set(["first"]),
});
const link = (more: Partial<Link>): Link => ({ ...newLink("l", "page"), ...more });
const remote = (more: Partial<RemoteLiving<EventItem>> = {}): RemoteLiving<EventItem> => ({
  state: "living",
  remoteId: "page",
  version: "new",
  updatedAt: at,
  item: { fields: anEvent({}) },
  ...more,
});

describe("a provider whose clock shows minutes only", () => {
  const ours = link({ remoteVersion: "ours", remoteUpdatedAt: at, remoteMark: "second" });

  it("F37: a list that lags behind our write of the same minute is no edit", () => {
    expect(isOld(ours, remote({ mark: "first" }), when(at + 5_000))).toBe(true);
    expect(isOld(ours, remote({ mark: "first" }), when(at + 10 * minute))).toBe(true);
    expect(isOld(ours, remote(), when(at + 5_000))).toBe(true);
  });

  it("I10: a write of ours whose answer was lost is no echo of the one before it", () => {
    expect(isOld(ours, remote({ mark: "third" }), when(at + 5_000))).toBe(false);
  });

  it("an item that has lost our mark is believed at once where it was read by itself", () => {
    expect(isOld(ours, remote(), when(at + 5_000, true))).toBe(false);
  });

  it("I3: a person's edit in the minute of our write bears its mark, and is one", () => {
    expect(isOld(ours, remote({ mark: "second" }), when(at + 5_000))).toBe(false);
  });

  it("an item that has lost our mark is believed once no list can lag behind any more", () => {
    expect(isOld(ours, remote(), when(at + 3 * minute))).toBe(false);
  });

  it("I5: what we deleted is not brought back by a list that lags behind", () => {
    const deleted = link({ state: "tombstone", remoteUpdatedAt: at + 30_000 });
    expect(isOld(deleted, remote(), when(at + 40_000))).toBe(true);
    expect(isOld(deleted, remote({ updatedAt: at - minute }), when(at + 10 * minute))).toBe(true);
  });

  it("what was deleted and taken back within one minute lives again", () => {
    const deleted = link({ state: "tombstone", remoteUpdatedAt: at + 30_000 });
    expect(isOld(deleted, remote(), when(at + 3 * minute))).toBe(false);
    expect(isOld(deleted, remote({ updatedAt: at + minute }), when(at + 70_000))).toBe(false);
  });
});

describe("an item that lives at the provider and was taken back here", () => {
  it("stays away, however often it is listed as it was, and comes in when it is another", () => {
    const takenBack = link({ state: "tombstone", remoteVersion: "new", remoteUpdatedAt: at });
    expect(isOld(takenBack, remote(), when(at + 10 * minute))).toBe(true);
    expect(isOld(takenBack, remote({ version: "newer" }), when(at + 10 * minute))).toBe(false);
  });
});

describe("a provider whose clock is fine", () => {
  const fine = { ...when(at + 10 * minute), rules: { ...rules, timeResolutionMs: 1 } };

  it("a tombstone is only outlived by something newer", () => {
    const deleted = link({ state: "tombstone", remoteUpdatedAt: at });
    expect(isOld(deleted, remote(), fine)).toBe(true);
    expect(isOld(deleted, remote({ updatedAt: at + 1 }), fine)).toBe(false);
  });
});
