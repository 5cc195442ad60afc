import { expect, test } from "vitest";

import { blankCancelled, changedFields, sameValue } from "../../sync/change.ts";
import { eventFields } from "../../sync/event.ts";
import { anEvent } from "./event.ts";

test("the order of keys is no difference, the order of a list is", () => {
  const time = { local: "2026-03-09T09:00:00", zone: "UTC" };
  expect(sameValue(time, { zone: "UTC", local: "2026-03-09T09:00:00" })).toBe(true);
  expect(sameValue(["a", "b"], ["b", "a"])).toBe(false);
});

test("a value is not the same as one that has more, less, or another kind", () => {
  const time = { local: "2026-03-09T09:00:00", zone: "UTC" };
  expect(sameValue(time, { ...time, fold: 1 })).toBe(false);
  expect(sameValue({ ...time, fold: 1 }, time)).toBe(false);
  expect(sameValue(["a"], ["a", "b"])).toBe(false);
  expect(sameValue([], {})).toBe(false);
  expect(sameValue(null, {})).toBe(false);
  expect(sameValue("", null)).toBe(false);
  expect(sameValue({ a: 1 }, { b: 1 })).toBe(false);
});

test("only the fields asked for are compared", () => {
  const other = anEvent({ title: "Retro", notes: "Bring cake" });
  expect(changedFields(anEvent(), other, eventFields)).toEqual(["title", "notes"]);
  expect(changedFields(anEvent(), other, ["notes"])).toEqual(["notes"]);
});

test("a cancelled occurrence carries nothing but when it would have been", () => {
  const originalStart = { local: "2026-03-16T09:00:00", zone: "Europe/Amsterdam" };
  const item = { fields: anEvent({ status: "cancelled" }), master: "m", originalStart };
  const blank = blankCancelled(item);
  expect(blank).toEqual({
    master: "m",
    originalStart,
    fields: anEvent({ title: "", status: "cancelled", start: originalStart, end: originalStart }),
  });
  expect(blankCancelled(blank)).toEqual(blank);
});

test("a cancelled event that is no occurrence keeps what it has", () => {
  const item = { fields: anEvent({ status: "cancelled" }) };
  expect(blankCancelled(item)).toBe(item);
});
