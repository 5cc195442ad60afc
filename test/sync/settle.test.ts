import { expect, test } from "vitest";

import { decide, type Base } from "../../sync/decide.ts";
import { eventFields, type EventFields } from "../../sync/event.ts";
import { acknowledge, type OpenIntent, settle } from "../../sync/settle.ts";
import { anEvent } from "./event.ts";

const agreed = anEvent();
const base: Base = { local: agreed, remote: agreed };
const retro = anEvent({ title: "Retro " });
const trimmed = anEvent({ title: "Retro" });

function intent(own: Partial<OpenIntent> = {}): OpenIntent {
  return { kind: "update", mark: "w1", fields: ["title"], sent: trimmed, local: retro, ...own };
}

function decided(
  local: EventFields,
  remote: EventFields,
  from: Base | null,
): ReturnType<typeof decide> {
  return decide(
    { local, remote, base: from, localTimes: {}, remoteUpdatedAt: 9 },
    { direction: "both", policy: "theirs", fields: eventFields, timeResolutionMs: 0 },
  );
}

test("our own write is known by its mark, and leaves nothing to do", () => {
  const after = settle(intent(), { fields: trimmed, mark: "w1" }, base);
  expect(after.landed).toBe(true);
  expect(decided(retro, trimmed, after.base).action).toBe("nothing");
});

test("pushed, killed, edited again by a person: that is their edit and no conflict", () => {
  const edited = anEvent({ title: "Party" });
  const after = settle(intent(), { fields: edited, mark: "w1" }, base);
  expect(decided(retro, edited, after.base)).toMatchObject({
    local: { title: "Party" },
    conflicts: [],
  });
});

test("pushed, killed, edited again by us: our own echo does not win over the later edit", () => {
  const after = settle(intent(), { fields: trimmed }, base);
  const decision = decided(anEvent({ title: "Party" }), trimmed, after.base);
  expect(decision).toMatchObject({ action: "write remote", remote: ["title"], conflicts: [] });
});

test("without a mark, only what was sent and was not there before is our own", () => {
  expect(settle(intent(), { fields: trimmed }, base).landed).toBe(true);
  expect(settle(intent(), { fields: agreed }, base)).toEqual({ landed: false, base });
  const unchanged = intent({ sent: agreed });
  expect(settle(unchanged, { fields: agreed }, base).landed).toBe(false);
});

test("another write's mark says that ours did not arrive", () => {
  expect(settle(intent(), { fields: trimmed, mark: "w0" }, base).landed).toBe(false);
});

test("a creation is our own wherever it is found", () => {
  const create = intent({ kind: "create", fields: [...eventFields] });
  const after = settle(create, { fields: anEvent({ title: "Party" }) }, null);
  expect(after).toEqual({ landed: true, base: { local: retro, remote: trimmed } });
});

test("a creation that somebody deleted at once is a delete, not a reason to create again", () => {
  const create = intent({ kind: "create", fields: [...eventFields] });
  const { landed, base: after } = settle(create, { fields: null }, null);
  expect(landed).toBe(true);
  expect(
    decide(
      { local: retro, remote: null, base: after, localTimes: {}, remoteUpdatedAt: null },
      { direction: "both", policy: "newest", fields: eventFields, timeResolutionMs: 0 },
    ).action,
  ).toBe("delete local");
});

test("a creation that is nowhere to be found did not happen", () => {
  expect(settle(intent({ kind: "create" }), null, null)).toEqual({ landed: false, base: null });
});

test("a delete landed when the item is gone", () => {
  const remove = intent({ kind: "delete", fields: [] });
  expect(settle(remove, null, base).landed).toBe(true);
  expect(settle(remove, { fields: null }, base).landed).toBe(true);
  expect(settle(remove, { fields: agreed }, base).landed).toBe(false);
});

test("an answer moves only the fields that travelled", () => {
  const waiting = anEvent({ title: "Retro ", location: "Room 2" });
  const answer = anEvent({ title: "Retro", location: "Room 3" });
  const after = acknowledge(intent({ local: waiting }), answer, base);
  expect(after.local).toEqual(anEvent({ title: "Retro " }));
  expect(after.remote).toEqual(anEvent({ title: "Retro" }));
});
