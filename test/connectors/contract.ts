import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type {
  Connector,
  Cursor,
  Page,
  Remote,
  RemoteChange,
  Write,
  Written,
} from "../../connectors/connector.ts";
import {
  CursorExpired,
  Gone,
  KeyTaken,
  PreconditionFailed,
  Rejected,
} from "../../connectors/errors.ts";
import type { EventField, EventItem } from "../../sync/event.ts";
import { fromInstant, toInstant } from "../../sync/time.ts";
import { at, item } from "./events.ts";
import { collect, never } from "./scripted.ts";

/** One provider with an empty collection, and a person who works there by hand. */
export interface Rig {
  connector: Connector<EventItem>;
  /** A connection of its own each time, with pages of two items. */
  open(): Remote<EventItem>;
  person: {
    add(title: string): Promise<string>;
    rename(remoteId: string, title: string): Promise<void>;
    remove(remoteId: string): Promise<void>;
  };
  /** Makes the provider forget its cursors, where it keeps any. */
  forgetCursors?(): Promise<void>;
  /** Lets so much of the provider's time pass that its clock tells before from after, where it is coarse. */
  later?(): Promise<void>;
  /** Set where the provider has one zone for the start and the end of an event. */
  oneZone?: true;
  /** What the provider holds of an item that no field of ours covers; null where it holds no such thing. */
  unmapped?(remoteId: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The contract of `connector.ts`, for every connector that can be written. */
export function describeConnector(name: string, make: () => Promise<Rig>): void {
  describe(name, () => {
    let rig: Rig;
    let remote: Remote<EventItem>;
    let write: Write<EventItem>;
    beforeEach(async () => {
      rig = await make();
      remote = rig.open();
      if (!remote.write) throw new Error("the connector cannot write");
      write = remote.write;
    });
    afterEach(() => rig.close());

    const pull = (cursor: Cursor | null) => collect(rig.open().pull("events", cursor, never));
    const changesOf = (pages: Page<EventItem>[]) => pages.flatMap(({ changes }) => changes);
    /** What a snapshot says is there; where absence tells nothing, it names what was deleted besides. */
    const listed = (pages: Page<EventItem>[]) =>
      pages.flatMap(({ absence, changes }) =>
        changes.filter(({ state }) => absence !== "unknown" || state !== "deleted"),
      );
    const later = async () => rig.later?.();
    const can = (...named: EventField[]) =>
      named.every((field) => rig.connector.fields.includes(field));
    const cursorOf = (pages: Page<EventItem>[]): Cursor => pages.at(-1)?.cursor ?? {};
    const create = (one: EventItem, key = "key1") => write.create(one, key, `mark-${key}`, never);
    const living = (change: RemoteChange<EventItem> | null): Written<EventItem> => {
      if (change?.state !== "living")
        throw new Error(`expected a living item, not ${change?.state}`);
      return change;
    };

    describe("pulling", () => {
      test("without a cursor yields everything as one snapshot, and says when it ends", async () => {
        const ids: string[] = [];
        for (const title of ["a", "b", "c", "d", "e"]) ids.push(await rig.person.add(title));
        const pages = await pull(null);
        expect(
          changesOf(pages)
            .map(({ remoteId }) => remoteId)
            .sort(),
        ).toEqual(ids.sort());
        expect(pages.every(({ extent }) => extent === "snapshot")).toBe(true);
        expect(new Set(pages.map(({ snapshotId }) => snapshotId)).size).toBe(1);
        expect(pages[0]?.snapshotId).toBeTypeOf("string");
        expect(pages.map(({ last }) => last)).toEqual([false, false, true]);
      });

      test("from the cursor it returned yields nothing", async () => {
        await rig.person.add("a");
        await later();
        const again = await pull(cursorOf(await pull(null)));
        expect(changesOf(again)).toEqual([]);
        expect(again.at(-1)).toMatchObject({ extent: "delta", last: true });
        expect(changesOf(await pull(cursorOf(again)))).toEqual([]);
      });

      test("yields what was added, changed and deleted since, and nothing else", async () => {
        const [kept, renamed, removed] = [
          await rig.person.add("kept"),
          await rig.person.add("old"),
          await rig.person.add("removed"),
        ];
        await later();
        const cursor = cursorOf(await pull(null));
        const added = await rig.person.add("added");
        await rig.person.rename(renamed, "new");
        await rig.person.remove(removed);
        const pages = await pull(cursor);
        expect(pages.every(({ extent }) => extent === "delta")).toBe(true);
        const states = changesOf(pages).map((change) => [
          change.remoteId,
          change.state === "living" ? change.item.fields.title : change.state,
        ]);
        expect(Object.fromEntries(states)).toEqual({
          [added]: "added",
          [renamed]: "new",
          [removed]: "deleted",
        });
        expect(states.map(([id]) => id)).not.toContain(kept);
      });

      test("again from one cursor repeats what it yielded", async () => {
        const cursor = cursorOf(await pull(null));
        await rig.person.add("a");
        expect(changesOf(await pull(cursor))).toEqual(changesOf(await pull(cursor)));
      });

      test("resumes in the midst of a snapshot under the same name", async () => {
        const ids: string[] = [];
        for (const title of ["a", "b", "c", "d", "e"]) ids.push(await rig.person.add(title));
        const pages = remote.pull("events", null, never)[Symbol.asyncIterator]();
        const first = (await pages.next()).value as Page<EventItem>;
        await pages.return?.();
        const stored = JSON.parse(JSON.stringify(first.cursor)) as Cursor;
        const rest = await pull(stored);
        const all = changesOf([first, ...rest]).map(({ remoteId }) => remoteId);
        expect(new Set(all)).toEqual(new Set(ids));
        expect(rest.every(({ snapshotId }) => snapshotId === first.snapshotId)).toBe(true);
        expect(rest.at(-1)?.last).toBe(true);
      });

      test("misses nothing that changes while a snapshot is being read", async () => {
        const ids: string[] = [];
        for (const title of ["a", "b", "c", "d", "e"]) ids.push(await rig.person.add(title));
        const pages: Page<EventItem>[] = [];
        for await (const page of remote.pull("events", null, never)) {
          if (pages.push(page) === 1) await rig.person.rename(ids[0] ?? "", "renamed meanwhile");
        }
        const changes = changesOf([...pages, ...(await pull(cursorOf(pages)))]);
        const last = changes.filter(({ remoteId }) => remoteId === ids[0]).at(-1) ?? null;
        expect(living(last).item.fields.title).toBe("renamed meanwhile");
      });

      test("from a cursor that the provider has forgotten says so", async () => {
        if (!rig.forgetCursors) return;
        const cursor = cursorOf(await pull(null));
        await rig.forgetCursors();
        await expect(pull(cursor)).rejects.toThrow(CursorExpired);
      });
    });

    describe("creating", () => {
      test("answers the item as the provider holds it, which is its normal form", async () => {
        const given = item({
          title: "Dinner",
          description: "d",
          location: "l",
          status: "tentative",
        });
        const made = await create(given);
        expect(made.item).toEqual(write.normalise(given));
        expect(await write.read(made.remoteId, never)).toEqual(made);
        expect(listed(await pull(null))).toEqual([made]);
      });

      test("bears its key and the mark of the write", async () => {
        expect(await create(item())).toMatchObject({ key: "key1", mark: "mark-key1" });
      });

      test("twice with one key makes one item and answers it", async () => {
        const made = await create(item());
        await rig.person.rename(made.remoteId, "renamed meanwhile");
        const again = await create(item());
        expect(again.remoteId).toBe(made.remoteId);
        expect(again.item.fields.title).toBe("renamed meanwhile");
        expect(listed(await pull(null))).toHaveLength(1);
      });

      test("with the key of a deleted item finds it taken", async () => {
        const made = await create(item());
        await rig.person.remove(made.remoteId);
        await expect(create(item())).rejects.toThrow(KeyTaken);
        await create(item(), "key2");
        expect(listed(await pull(null))).toHaveLength(1);
      });
    });

    describe("updating", () => {
      test("changes the named fields alone, and bears the new mark", async () => {
        const made = await create(item({ description: "stays" }));
        const wanted = item({ title: "new", description: "is not sent" });
        const done = await write.update(
          made.remoteId,
          wanted,
          ["title"],
          made.version,
          "m2",
          never,
        );
        expect(done.item).toEqual(item({ title: "new", description: "stays" }));
        expect(done).toMatchObject({ mark: "m2", key: "key1" });
        expect(done.version).not.toBe(made.version);
      });

      test("can empty a text, and turn a timed event into days and back", async () => {
        const made = await create(item({ description: "d", location: "l" }));
        const days = item({ start: { date: "2026-04-01" }, end: { date: "2026-04-03" } });
        const named = ["description", "location", "start", "end"] as const;
        const done = await write.update(made.remoteId, days, named, made.version, "m2", never);
        expect(done.item).toEqual(days);
        const back = await write.update(made.remoteId, item(), named, done.version, "m3", never);
        expect(back.item).toEqual(item());
      });

      test("at a version that is no longer there changes nothing", async () => {
        const made = await create(item());
        await rig.person.rename(made.remoteId, "theirs");
        const late = write.update(
          made.remoteId,
          item({ title: "ours" }),
          ["title"],
          made.version,
          "m2",
          never,
        );
        await expect(late).rejects.toThrow(PreconditionFailed);
        const now = living(await write.read(made.remoteId, never));
        expect(now.item.fields.title).toBe("theirs");
        expect(now.mark).toBe("mark-key1");
      });

      test("what is not there finds it gone", async () => {
        const update = write.update("neverwashere", item(), ["title"], null, "m2", never);
        await expect(update).rejects.toThrow(Gone);
        const made = await create(item());
        await rig.person.remove(made.remoteId);
        const late = write.update(made.remoteId, item(), ["title"], null, "m2", never);
        await expect(late).rejects.toThrow(Gone);
      });

      test("leaves everything that is not mapped as it is (I9)", async () => {
        if (!rig.unmapped) return;
        const id = await rig.person.add("theirs");
        const before = await rig.unmapped(id);
        const { version } = await write.read(id, never);
        const days = item({ start: { date: "2026-04-01" }, end: { date: "2026-04-02" } });
        await write.update(id, days, rig.connector.fields, version, "m2", never);
        expect(await rig.unmapped(id)).toEqual(before);
      });
    });

    describe("deleting", () => {
      test("twice is fine, and so is deleting what never was", async () => {
        const made = await create(item());
        await write.delete(made.remoteId, made.version, never);
        await write.delete(made.remoteId, null, never);
        await write.delete("neverwashere", null, never);
        expect(await write.read(made.remoteId, never)).toMatchObject({ state: "deleted" });
        const snapshot = await pull(null);
        expect(listed(snapshot)).toEqual([]);
        // Who also hides what is not shared cannot know that something never was.
        const hides = snapshot.at(-1)?.absence === "unknown";
        const state = hides ? "set-aside" : "deleted";
        expect(await write.read("neverwashere", never)).toMatchObject({ state });
      });

      test("at a version that is no longer there deletes nothing", async () => {
        const made = await create(item());
        await rig.person.rename(made.remoteId, "theirs");
        await expect(write.delete(made.remoteId, made.version, never)).rejects.toThrow(
          PreconditionFailed,
        );
        expect(await write.read(made.remoteId, never)).toMatchObject({ state: "living" });
      });
    });

    describe("restoring", () => {
      beforeEach(({ skip }) => skip(!write.restore, "the provider brings nothing back"));
      const restore = (id: string) => write.restore?.(id, "m2", never);

      test("an item that was deleted comes back under its own id, as it was", async () => {
        const made = await create(item({ description: "d", location: "l" }));
        await rig.person.remove(made.remoteId);
        const back = await restore(made.remoteId);
        expect(back).toMatchObject({ remoteId: made.remoteId, item: made.item });
        expect(back).toMatchObject({ mark: "m2", key: "key1" });
        expect(await write.read(made.remoteId, never)).toEqual(back);
        expect(listed(await pull(null))).toEqual([back]);
      });

      test("what somebody else has brought back already is fine", async () => {
        const made = await create(item({ description: "d" }));
        expect(await restore(made.remoteId)).toMatchObject({ item: made.item, mark: "m2" });
      });

      test("that of which nothing is left is gone", async () => {
        await expect(restore("neverwashere")).rejects.toThrow(Gone);
      });
    });

    describe("a series", () => {
      beforeEach(({ skip }) => skip(!can("recurrence"), "the provider holds no series"));
      const weekly = item({
        start: at("2026-03-02T09:00:00"),
        end: at("2026-03-02T09:15:00"),
        recurrence: ["RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE;TZID=Europe/Amsterdam:20260323T090000"],
      });
      const second = at("2026-03-09T09:00:00");

      async function occurrence(master: string, start = second) {
        if (!write.occurrence) throw new Error("the connector knows no occurrences");
        return living(await write.occurrence(master, start, never));
      }

      test("keeps its rule, and an occurrence that moves keeps its original start", async () => {
        const master = await create(weekly);
        expect(master.item).toEqual(weekly);
        const found = await occurrence(master.remoteId);
        expect(found.item).toMatchObject({ master: master.remoteId, originalStart: second });
        const moved = {
          ...found.item,
          fields: {
            ...found.item.fields,
            start: at("2026-03-10T10:00:00"),
            end: at("2026-03-10T11:00:00"),
          },
        };
        const done = await write.update(
          found.remoteId,
          moved,
          ["start", "end"],
          found.version,
          "m2",
          never,
        );
        expect(done.item).toEqual(moved);
        expect((await occurrence(master.remoteId)).remoteId).toBe(found.remoteId);
        const pulled = changesOf(await pull(null)).map(({ remoteId }) => remoteId);
        expect(pulled.sort()).toEqual([master.remoteId, found.remoteId].sort());
      });

      test("holds a cancelled occurrence as a value, which can be revived", async () => {
        const master = await create(weekly);
        const found = await occurrence(master.remoteId);
        const cancelled = {
          ...found.item,
          fields: { ...found.item.fields, status: "cancelled" as const },
        };
        const done = await write.update(
          found.remoteId,
          cancelled,
          ["status"],
          found.version,
          "m2",
          never,
        );
        expect(done.item).toEqual(write.normalise(cancelled));
        const pulled = changesOf(await pull(null)).find(
          ({ remoteId }) => remoteId === found.remoteId,
        );
        expect(living(pulled ?? null).item).toEqual(write.normalise(cancelled));
        const again = await occurrence(master.remoteId);
        expect(again.item.fields.status).toBe("cancelled");
        const named = ["title", "status", "end"] as const;
        const revived = await write.update(
          found.remoteId,
          found.item,
          named,
          again.version,
          "m3",
          never,
        );
        expect(revived.item).toEqual(found.item);
      });

      test("is deleted as one, with its exceptions", async () => {
        const master = await create(weekly);
        const found = await occurrence(master.remoteId);
        const cursor = cursorOf(await pull(null));
        const wanted = { ...found.item, fields: { ...found.item.fields, title: "moved" } };
        await write.update(found.remoteId, wanted, ["title"], found.version, "m2", never);
        await write.delete(master.remoteId, null, never);
        expect(changesOf(await pull(cursor)).filter(({ state }) => state === "living")).toEqual([]);
        expect(changesOf(await pull(null))).toEqual([]);
        expect(await write.read(found.remoteId, never)).toMatchObject({ state: "deleted" });
        await expect(create(weekly)).rejects.toThrow(KeyTaken);
      });

      test("of whole days has occurrences of whole days", async () => {
        const start = { date: "2026-03-02" };
        const days = item({
          start,
          end: { date: "2026-03-03" },
          recurrence: ["RRULE:FREQ=DAILY;COUNT=9"],
        });
        const master = await create(days);
        const found = await occurrence(master.remoteId, { date: "2026-03-05" });
        expect(found.item.originalStart).toEqual({ date: "2026-03-05" });
      });
    });

    test("what it cannot hold it names in words for a person, and does not make", async () => {
      const series = item({ recurrence: ["RRULE:FREQ=DAILY"] });
      const occurrence = { ...item(), master: "m", originalStart: at("2026-03-02T12:00:00") };
      const cancelled = { ...item({ status: "cancelled" }), ...occurrence };
      expect(write.cannotHold?.(item()) ?? null).toBeNull();
      for (const one of [series, occurrence, cancelled]) {
        if (can("recurrence")) expect(write.cannotHold?.(one) ?? null).toBeNull();
        else expect(write.cannotHold?.(one)).toMatch(/^it .*/);
      }
      if (!can("recurrence")) await expect(create(series)).rejects.toThrow(Rejected);
      expect(listed(await pull(null))).toEqual([]);
    });

    test.each([
      ["before the hour that repeats", at("2026-10-25T01:59:59")],
      ["in that hour, the first time", at("2026-10-25T02:30:00")],
      ["in that hour, the second time", { ...at("2026-10-25T02:30:00"), fold: 1 as const }],
      ["after the hour that is skipped", at("2026-03-29T03:00:00")],
      ["in a half-hour clock change", at("2026-04-05T01:45:00", "Australia/Lord_Howe")],
      ["in a zone under its old name", at("2026-04-05T01:45:00", "Asia/Calcutta")],
    ])("a time %s survives the round trip (I18)", async (_what, start) => {
      const end = at("2026-12-01T00:00:00");
      const zone = "zone" in start ? start.zone : "UTC";
      const held = item({
        start,
        end: rig.oneZone ? fromInstant(toInstant(end, zone), zone) : end,
      });
      expect((await create(item({ start, end }))).item).toEqual(held);
      expect(living(changesOf(await pull(null))[0] ?? null).item).toEqual(held);
    });

    test("settings that are none are refused", () => {
      if (rig.connector.provider === "memory") return;
      for (const wrong of [
        null,
        7,
        {},
        { calendarId: "" },
        { calendarId: 7 },
        { calendarId: "c", other: 1 },
      ]) {
        expect(() => rig.connector.checkSettings(wrong)).toThrow(Rejected);
      }
    });
  });
}
