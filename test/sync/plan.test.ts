import { expect, test } from "vitest";

import { brake, inSendingOrder, type Deletions, type PlannedWrite } from "../../sync/plan.ts";

function held(input: Partial<Deletions>): boolean {
  const limit = { count: 10, share: 0.2 };
  return (
    brake({ deletions: 0, recent: 0, links: 20, limit, emptySnapshot: false, ...input }) === "hold"
  );
}

test("I14: ten deletions pass, and eleven wait for a person", () => {
  expect(held({ deletions: 10 })).toBe(false);
  expect(held({ deletions: 11 })).toBe(true);
});

test("I14: of many links, a fifth may go", () => {
  expect(held({ deletions: 200, links: 1000 })).toBe(false);
  expect(held({ deletions: 201, links: 1000 })).toBe(true);
});

test("I14: the deletions of the last 24 hours count as well", () => {
  expect(held({ deletions: 1, recent: 10 })).toBe(true);
  expect(held({ deletions: 0, recent: 10_000 })).toBe(false);
});

test("I14: an empty list where there was much waits, however few would go", () => {
  expect(held({ deletions: 1, links: 11, emptySnapshot: true })).toBe(true);
  expect(held({ deletions: 3, links: 10, emptySnapshot: true })).toBe(false);
});

function write(id: string, own: Partial<PlannedWrite> = {}): PlannedWrite {
  return { id, isMaster: false, masterId: null, kind: "update", ...own };
}

test("a series is sent before its exceptions, whatever the order they were queued in", () => {
  const exception = write("x", { masterId: "m" });
  const master = write("m", { isMaster: true, kind: "create" });
  const single = write("s");
  expect(inSendingOrder([exception, single, master])).toEqual([single, master, exception]);
});

test("deleting a series takes its exceptions' writes along, and no other's", () => {
  const writes = [
    write("m", { isMaster: true, kind: "delete" }),
    write("x", { masterId: "m" }),
    write("y", { masterId: "other" }),
  ];
  expect(inSendingOrder(writes).map(({ id }) => id)).toEqual(["m", "y"]);
});
