import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cursor } from "../../../connectors/connector.ts";
import { pull } from "../../../connectors/kiotviet/pull.ts";
import { streams } from "../../../connectors/kiotviet/streams.ts";
import type { RecordPage } from "../../../connectors/records.ts";
import { collect, never } from "../scripted.ts";
import { Model } from "./model.ts";

/** What a person does; of the rows there are, `at` picks one. */
interface Deed {
  kind: "add" | "touch" | "remove" | "wait" | "reuse";
  at: number;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom("add", "touch", "remove", "remove", "wait", "reuse"),
  at: fc.nat(40),
});
const deeds = fc.array(deed, { maxLength: 6 });
/** Per request, what happens before its answer. */
const meanwhile = fc.array(deeds, { maxLength: 12 });
const size = fc.integer({ min: 2, max: 4 });
const count = fc.nat(14);

let made = 0;

function act(model: Model, { kind, at }: Deed): void {
  const { ids } = model;
  const id = ids[at % Math.max(1, ids.length)];
  const [gone] = model.removed.keys();
  if (kind === "wait") model.now += 1_000;
  else if (kind === "add") model.write((ids.at(-1) ?? 0) + 1 + at, `new ${made++}`);
  else if (kind === "reuse" && gone !== undefined && !model.rows.has(gone))
    model.write(gone, `again ${made++}`);
  else if (id !== undefined && kind === "touch") model.write(id, `touched ${made++}`);
  else if (id !== undefined && kind === "remove") model.remove(id);
}

function shopOf(rows: number): Model {
  const model = new Model();
  for (let id = 1; id <= rows; id++) model.write(id * 10, `row ${id}`);
  return model;
}

function pulled(model: Model, pageSize: number, cursor: Cursor | null): Promise<RecordPage[]> {
  const { api } = model;
  const usual = { overlapMs: 0, snapshotEveryMs: Infinity, now: () => model.now };
  const context = { api, shop: "demo-shop", pageSize, ...usual };
  return collect(pull(context, streams.products, cursor, never));
}

/** Lets the deeds happen one list after the other, before each answer but the first. */
function meanwhileIn(model: Model, happening: readonly (readonly Deed[])[]): void {
  const left = [[], ...happening];
  model.happens = () => left.shift()?.forEach((one) => act(model, one));
}

function keep(kept: Map<string, unknown>, pages: readonly RecordPage[]): void {
  const alive = new Set<string>();
  for (const change of pages.flatMap(({ changes }) => changes)) {
    if (change.state === "living") {
      alive.add(change.remoteId);
      kept.set(change.remoteId, change.item.content["name"]);
    } else if (!alive.has(change.remoteId)) kept.delete(change.remoteId);
  }
}

describe("whatever is added, changed and removed while pages are read", () => {
  test.each([
    ["in the order that is asked for", false],
    ["in another order", true],
  ])("a snapshot %s shows every row that lived all the while (F35)", async (_what, isReversed) => {
    await fc.assert(
      fc.asyncProperty(count, size, meanwhile, async (rows, pageSize, happening) => {
        const model = shopOf(rows);
        model.isReversed = isReversed;
        const before = new Map(model.rows);
        meanwhileIn(model, happening);
        const shown = new Set(
          (await pulled(model, pageSize, null)).flatMap(({ changes }) =>
            changes.map(({ remoteId }) => remoteId),
          ),
        );
        for (const [id, row] of before)
          if (model.rows.get(id) === row) expect(shown).toContain(String(id));
      }),
      { numRuns: 500 },
    );
  });

  test("a delta shows every changed row that lived all the while as it is (F48)", async () => {
    await fc.assert(
      fc.asyncProperty(
        count,
        size,
        fc.array(deed, { maxLength: 30 }),
        meanwhile,
        async (rows, pageSize, first, happening) => {
          const model = shopOf(rows);
          const cursor = (await pulled(model, pageSize, null)).at(-1)?.cursor ?? {};
          const since = model.now;
          for (const one of first) act(model, one);
          const before = new Map(model.rows);
          meanwhileIn(model, happening);
          const kept = new Map<string, unknown>();
          keep(kept, await pulled(model, pageSize, cursor));
          for (const [id, row] of before)
            if (model.rows.get(id) === row && row.modified >= since)
              expect(kept.get(String(id))).toBe(row.name);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a reader who goes on from each cursor ends with what is there (F48)", async () => {
    await fc.assert(
      fc.asyncProperty(
        count,
        size,
        fc.array(meanwhile, { maxLength: 4 }),
        async (rows, pageSize, rounds) => {
          const model = shopOf(rows);
          const kept = new Map<string, unknown>();
          const first = await pulled(model, pageSize, null);
          keep(kept, first);
          let cursor = first.at(-1)?.cursor ?? {};
          for (const happening of [...rounds, []]) {
            meanwhileIn(model, happening);
            const pages = await pulled(model, pageSize, cursor);
            expect(pages.every(({ extent }) => extent === "delta")).toBe(true);
            keep(kept, pages);
            cursor = pages.at(-1)?.cursor ?? {};
          }
          expect(Object.fromEntries(kept)).toEqual(model.names);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a delta that is broken off after any page goes on from its cursor and misses nothing (F35)", async () => {
    await fc.assert(
      fc.asyncProperty(
        count,
        size,
        meanwhile,
        fc.nat(5),
        async (rows, pageSize, happening, after) => {
          const model = shopOf(0);
          const cursor = (await pulled(model, pageSize, null)).at(-1)?.cursor ?? {};
          for (let id = 1; id <= rows; id++) model.write(id * 10, `row ${id}`);
          const before = new Map(model.rows);
          meanwhileIn(model, happening);
          const all = await pulled(model, pageSize, cursor);
          const stored = all.slice(0, after + 1);
          const { cursor: at = cursor, last = false } = stored.at(-1) ?? {};
          if (!last) stored.push(...(await pulled(model, pageSize, at)));
          const kept = new Map<string, unknown>();
          keep(kept, stored);
          for (const [id, row] of before)
            if (model.rows.get(id) === row) expect(kept.get(String(id))).toBe(row.name);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("a list that stands still costs one request for each page, and one for its end", async () => {
  const model = shopOf(250);
  const pages = await pulled(model, 100, null);
  expect(pages.map(({ changes }) => changes.length)).toEqual([100, 99, 51, 0]);
  expect(model.requests).toBe(4);
  expect(pages.every(({ total }) => total === 250)).toBe(true);
  expect((await pulled(model, 100, pages.at(-1)?.cursor ?? {})).length).toBeGreaterThan(0);
});

test("half of a long list that goes at once is found by a few steps back", async () => {
  const model = shopOf(2_000);
  meanwhileIn(model, [
    ...Array.from({ length: 10 }, () => []),
    Array.from({ length: 900 }, () => ({ kind: "remove", at: 0 }) as const),
  ]);
  const pages = await pulled(model, 100, null);
  const shown = new Set(pages.flatMap(({ changes }) => changes.map(({ remoteId }) => remoteId)));
  for (const id of model.ids) expect(shown).toContain(String(id));
  expect(model.requests).toBeLessThan(31);
});
