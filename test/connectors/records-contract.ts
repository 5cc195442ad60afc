import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cursor } from "../../connectors/connector.ts";
import { CursorExpired, Gone, Rejected } from "../../connectors/errors.ts";
import type {
  Content,
  RecordChange,
  RecordPage,
  RecordsConnector,
  RecordsRemote,
} from "../../connectors/records.ts";
import { collect, never } from "./scripted.ts";

/** One provider with an empty collection, and a person who works there by hand. */
export interface RecordsRig {
  connector: RecordsConnector;
  /** A connection of its own each time, with pages of two items. */
  open(): RecordsRemote;
  /** The stream in which the person works, and the field of its content that bears the name. */
  stream: string;
  nameField: string;
  /** Answers and takes remote ids; what has details gets some with every item. */
  person: {
    add(name: string): Promise<string>;
    rename(remoteId: string, name: string): Promise<void>;
    remove(remoteId: string): Promise<void>;
  };
  /** A remote id of the right shape that the provider has never given. */
  neverWasHere: string;
  /** Lets so much of the provider's time pass that its clock tells before from after. */
  later?(): Promise<void>;
  close(): Promise<void>;
}

/** What a reader has who stores every page, and lets go only of what the provider denies when asked. */
type Kept = Map<string, Content>;

/** The contract of `records.ts`, for every connector that reads records. */
export function describeRecords(name: string, make: () => Promise<RecordsRig>): void {
  describe(name, () => {
    let rig: RecordsRig;
    let remote: RecordsRemote;
    beforeEach(async () => {
      rig = await make();
      remote = rig.open();
    });
    afterEach(() => rig.close());

    const pull = (cursor: Cursor | null, stream = rig.stream) =>
      collect(rig.open().pull(stream, cursor, never));
    const cursorOf = (pages: readonly RecordPage[]): Cursor => pages.at(-1)?.cursor ?? {};
    const changesOf = (pages: readonly RecordPage[]) => pages.flatMap(({ changes }) => changes);
    const later = async () => rig.later?.();
    const hasDetails = () =>
      remote.details !== undefined &&
      Object.values(rig.connector.shapes).some(({ of }) => of === rig.stream);
    const named = (kept: Kept) =>
      Object.fromEntries([...kept].map(([id, content]) => [id, content[rig.nameField]]));

    /** Keeps what the pages of one pull say. */
    async function keep(kept: Kept, pages: readonly RecordPage[]): Promise<Kept> {
      const alive = new Set<string>();
      for (const change of changesOf(pages)) {
        if (change.state !== "living") continue;
        alive.add(change.remoteId);
        kept.set(change.remoteId, change.item.content);
      }
      for (const { state, remoteId } of changesOf(pages))
        if (state === "deleted" && !alive.has(remoteId)) kept.delete(remoteId);
      if (pages.at(-1)?.extent !== "snapshot") return kept;
      for (const id of [...kept.keys()].filter((id) => !alive.has(id))) {
        const { state } = await rig.open().read(rig.stream, id, never);
        if (state === "deleted") kept.delete(id);
      }
      return kept;
    }

    async function addAll(...names: string[]): Promise<string[]> {
      const ids: string[] = [];
      for (const each of names) ids.push(await rig.person.add(each));
      return ids;
    }

    /** Pulls and lets something happen at the provider after the first page. */
    async function pullWhile(cursor: Cursor | null, happens: () => Promise<void>) {
      const pages: RecordPage[] = [];
      for await (const page of remote.pull(rig.stream, cursor, never))
        if (pages.push(page) === 1) await happens();
      return pages;
    }

    describe("what it says of itself", () => {
      test("every stream has a shape, and belongs to one that is there", () => {
        const { shapes, streams, usualEveryHours } = rig.connector;
        expect(Object.keys(shapes)).toEqual(expect.arrayContaining([...streams]));
        for (const { of, absences } of Object.values(shapes)) {
          if (of !== undefined) expect(streams).toContain(of);
          expect(absences).toBeGreaterThanOrEqual(1);
        }
        expect(usualEveryHours).toBeGreaterThan(0);
        expect(rig.connector.quota.unitsPerSecond).toBeGreaterThan(0);
        expect(rig.connector.quota.burst).toBeGreaterThanOrEqual(1);
      });
    });

    describe("pulling", () => {
      test("without a cursor yields everything as one snapshot, and says when it ends", async () => {
        const ids = await addAll("a", "b", "c", "d", "e");
        const pages = await pull(null);
        expect(new Set(changesOf(pages).map(({ remoteId }) => remoteId))).toEqual(new Set(ids));
        expect(pages.every(({ extent }) => extent === "snapshot")).toBe(true);
        expect(new Set(pages.map(({ snapshotId }) => snapshotId)).size).toBe(1);
        expect(pages[0]?.snapshotId).toBeTypeOf("string");
        expect(pages.map(({ last }) => last).lastIndexOf(false)).toBe(pages.length - 2);
        expect(pages.at(-1)?.last).toBe(true);
        expect(pages.length).toBeGreaterThan(2);
      });

      test("of a stream where nothing is yields one empty snapshot", async () => {
        for (const stream of rig.connector.streams) {
          const pages = await pull(null, stream);
          expect(changesOf(pages)).toEqual([]);
          expect(pages.map(({ extent, last }) => [extent, last])).toEqual([["snapshot", true]]);
        }
      });

      test("bears cursors of plain text, with a page token only under way", async () => {
        await addAll("a", "b", "c");
        for (const { cursor, last } of await pull(null)) {
          expect(JSON.parse(JSON.stringify(cursor))).toEqual(cursor);
          expect(Object.values(cursor).every((value) => typeof value === "string")).toBe(true);
          expect("pageToken" in cursor).toBe(!last);
        }
      });

      test("from the cursor it returned says nothing new", async () => {
        await addAll("a", "b", "c");
        await later();
        const first = await pull(null);
        const kept = await keep(new Map(), first);
        const before = new Map(kept);
        const again = await pull(cursorOf(first));
        expect(await keep(kept, again)).toEqual(before);
        expect(again.at(-1)?.last).toBe(true);
        expect(await keep(kept, await pull(cursorOf(again)))).toEqual(before);
      });

      test("tells what was added, changed and deleted since", async () => {
        const [same = "", renamed = "", removed = ""] = await addAll("same", "old", "removed");
        await later();
        const first = await pull(null);
        const kept = await keep(new Map(), first);
        const added = await rig.person.add("added");
        await rig.person.rename(renamed, "new");
        await rig.person.remove(removed);
        await keep(kept, await pull(cursorOf(first)));
        expect(named(kept)).toEqual({ [same]: "same", [renamed]: "new", [added]: "added" });
      });

      test("again from one cursor repeats what it yielded", async () => {
        const cursor = cursorOf(await pull(null));
        await addAll("a", "b", "c");
        expect(changesOf(await pull(cursor))).toEqual(changesOf(await pull(cursor)));
      });

      test("resumes in the midst of a snapshot under the same name", async () => {
        const ids = await addAll("a", "b", "c", "d", "e");
        const pages = remote.pull(rig.stream, null, never)[Symbol.asyncIterator]();
        const first = (await pages.next()).value as RecordPage;
        await pages.return?.();
        const rest = await pull(JSON.parse(JSON.stringify(first.cursor)) as Cursor);
        const all = changesOf([first, ...rest]).map(({ remoteId }) => remoteId);
        expect(new Set(all)).toEqual(new Set(ids));
        expect(rest.every(({ snapshotId }) => snapshotId === first.snapshotId)).toBe(true);
        expect(rest.at(-1)?.last).toBe(true);
      });

      test("misses nothing that changes while everything is being read (F35)", async () => {
        const [renamed = "", ...rest] = await addAll("a", "b", "c", "d", "e");
        const pages = await pullWhile(null, () => rig.person.rename(renamed, "meanwhile"));
        const kept = await keep(new Map(), pages);
        await keep(kept, await pull(cursorOf(pages)));
        expect(new Set(kept.keys())).toEqual(new Set([renamed, ...rest]));
        expect(named(kept)[renamed]).toBe("meanwhile");
      });

      test("lets nobody go because somebody else was deleted meanwhile (F35)", async () => {
        const [removed = "", ...rest] = await addAll("a", "b", "c", "d", "e", "f");
        const first = await pull(null);
        const kept = await keep(new Map(), first);
        const pages = await pullWhile(null, () => rig.person.remove(removed));
        await keep(kept, pages);
        await keep(kept, await pull(cursorOf(pages)));
        expect(new Set(kept.keys())).toEqual(new Set(rest));
      });

      test("misses nothing where a changed item is deleted while changes are read (F48)", async () => {
        const ids = await addAll("a", "b", "c", "d", "e", "f");
        await later();
        const first = await pull(null);
        const kept = await keep(new Map(), first);
        await later();
        for (const id of ids) await rig.person.rename(id, `new ${id}`);
        const [removed = "", ...rest] = ids;
        const pages = await pullWhile(cursorOf(first), () => rig.person.remove(removed));
        await keep(kept, pages);
        await keep(kept, await pull(cursorOf(pages)));
        expect(named(kept)).toEqual(Object.fromEntries(rest.map((id) => [id, `new ${id}`])));
      });

      test("from a cursor of somebody else's begins anew", async () => {
        await expect(pull({ syncToken: "s1" })).rejects.toThrow(CursorExpired);
        await expect(pull({ pageToken: "p1" })).rejects.toThrow(CursorExpired);
      });

      test("of a stream that there is not is refused", async () => {
        await expect(pull(null, "nothing")).rejects.toThrow(Rejected);
        await expect(remote.read("nothing", rig.neverWasHere, never)).rejects.toThrow(Rejected);
      });
    });

    describe("reading", () => {
      test("one item answers what its listing says, in every stream", async () => {
        await addAll("a", "b", "c");
        for (const stream of rig.connector.streams) {
          for (const listed of changesOf(await pull(null, stream)))
            expect(await remote.read(stream, listed.remoteId, never)).toMatchObject(told(listed));
        }
      });

      test("an item that was deleted, or never was, answers that it is deleted (F24)", async () => {
        const [removed = ""] = await addAll("a", "b");
        await rig.person.remove(removed);
        for (const remoteId of [removed, rig.neverWasHere])
          expect(await remote.read(rig.stream, remoteId, never)).toMatchObject({
            remoteId,
            state: "deleted",
          });
      });
    });

    describe("details", () => {
      beforeEach(({ skip }) => skip(!hasDetails(), "the stream has none"));
      const details = (id: string) => remote.details?.(rig.stream, id, never);

      test("are everything that belongs to one item, the same each time", async () => {
        const [id = ""] = await addAll("a", "b");
        const found = (await details(id)) ?? {};
        expect(Object.keys(found).length).toBeGreaterThan(0);
        for (const [stream, changes] of Object.entries(found)) {
          expect(rig.connector.shapes[stream]?.of).toBe(rig.stream);
          for (const change of changes)
            expect(change).toMatchObject({ state: "living", item: { parentId: id } });
        }
        expect(await details(id)).toEqual(found);
      });

      test("say of each item what its listing says", async () => {
        const [id = ""] = await addAll("a", "b");
        for (const [stream, changes] of Object.entries((await details(id)) ?? {})) {
          if (!rig.connector.streams.includes(stream)) continue;
          const listed = changesOf(await pull(null, stream)).filter(
            (one) => one.state === "living" && one.item.parentId === id,
          );
          expect(changes.map(told)).toEqual(listed.map(told));
        }
      });

      test("of what is not there find it gone", async () => {
        const [removed = ""] = await addAll("a");
        await rig.person.remove(removed);
        await expect(details(removed)).rejects.toThrow(Gone);
        await expect(details(rig.neverWasHere)).rejects.toThrow(Gone);
      });
    });

    test("what is sensitive is apart from the content, and both are plain JSON", async () => {
      const [id = ""] = await addAll("a", "b");
      const all: [string, RecordChange][] = [];
      for (const stream of rig.connector.streams)
        for (const change of changesOf(await pull(null, stream))) all.push([stream, change]);
      const details = hasDetails() ? await remote.details?.(rig.stream, id, never) : {};
      for (const [stream, changes] of Object.entries(details ?? {}))
        for (const change of changes) all.push([stream, change]);
      expect(all.length).toBeGreaterThan(1);
      for (const [stream, change] of all) {
        if (change.state !== "living") throw new Error(`${change.remoteId} is ${change.state}`);
        const { content, sensitive = {}, parentId } = change.item;
        const { sensitive: apart = [], of } = rig.connector.shapes[stream] ?? {};
        expect(Object.keys(content).filter((field) => apart.includes(field))).toEqual([]);
        expect(Object.keys(sensitive).filter((field) => !apart.includes(field))).toEqual([]);
        for (const part of [content, sensitive])
          expect(isDeepStrictEqual(JSON.parse(JSON.stringify(part)), part)).toBe(true);
        expect(typeof parentId).toBe(of === undefined ? "undefined" : "string");
      }
    });
  });
}

/** What must be equal however an item is read. */
function told(change: RecordChange) {
  const { remoteId, state } = change;
  if (change.state !== "living") return { remoteId, state };
  const { content, sensitive, parentId } = change.item;
  return {
    remoteId,
    state,
    item: { content, ...(sensitive && { sensitive }), ...(parentId && { parentId }) },
  };
}
