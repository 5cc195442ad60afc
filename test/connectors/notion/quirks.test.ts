import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cursor, Page, Remote, RemoteChange, Write } from "../../../connectors/connector.ts";
import * as errors from "../../../connectors/errors.ts";
import { createNotion } from "../../../connectors/notion/index.ts";
import type { EventItem } from "../../../sync/event.ts";
import { at, item } from "../events.ts";
import { collect, never } from "../scripted.ts";
import { dated, minute, type NotionRig, openNotion, text, theirs, title } from "./sandbox.ts";

/** What is Notion's alone, over the sandbox. */
let rig: NotionRig;
let remote: Remote<EventItem>;
let write: Write<EventItem>;
beforeEach(async () => {
  rig = await openNotion({ pageSize: 100 });
  remote = rig.open();
  if (!remote.write) throw new Error("a database with a key property can be written");
  write = remote.write;
});
afterEach(() => rig.close());

const pull = (cursor: Cursor | null = null) => collect(remote.pull("events", cursor, never));
const changesOf = (pages: Page<EventItem>[]) => pages.flatMap(({ changes }) => changes);
const cursorOf = (pages: Page<EventItem>[]): Cursor => pages.at(-1)?.cursor ?? {};
const make = (one = item(), key = "key1") => write.create(one, key, `mark-${key}`, never);
const update = (id: string, one: EventItem, version: string | null = null) =>
  write.update(id, one, ["title"], version, "m2", never);
const living = async () => (await rig.notion.living(rig.table)).length;

async function read(id: string) {
  const change = await write.read(id, never);
  if (change.state !== "living") throw new Error(`not living but ${change.state}`);
  return change;
}

describe("a clock without seconds", () => {
  test("an edit in the minute of the last poll is in the next one", async () => {
    const id = await rig.person.add("old");
    const cursor = cursorOf(await pull());
    await rig.person.rename(id, "new");
    expect(changesOf(await pull(cursor))).toMatchObject([{ item: { fields: { title: "new" } } }]);
  });

  test("two edits in one minute are two versions, and an edit of what is not mapped is none", async () => {
    const id = await rig.person.add("a");
    const first = await read(id);
    await rig.person.rename(id, "b");
    const second = await read(id);
    expect(second.updatedAt).toBe(first.updatedAt);
    expect(second.version).not.toBe(first.version);
    await rig.notion.edit(id, { Seats: { number: 9 } });
    expect((await read(id)).version).toBe(second.version);
  });

  test("a poll of what has not changed is two calls, however many rows there are", async () => {
    for (const name of ["a", "b", "c"]) await rig.person.add(name);
    await rig.pass(5 * minute);
    const cursor = cursorOf(await pull());
    rig.connection.spent.length = 0;
    expect(changesOf(await pull(cursor))).toEqual([]);
    expect(rig.connection.spent).toEqual([1, 1]);
  });

  test("rounded to the nearest minute, it hides no edit either", async () => {
    await rig.notion.settings({ rounding: "nearest" });
    const id = await rig.person.add("a");
    for (const step of [10, 25, 25, 40]) {
      const cursor = cursorOf(await pull());
      await rig.pass(step * 1_000);
      await rig.person.rename(id, `after ${step}`);
      expect(changesOf(await pull(cursor)).map(({ remoteId }) => remoteId)).toEqual([id]);
    }
  });

  test("once a day everything is listed again, for no delta tells what was moved away", async () => {
    const cursor = cursorOf(await pull());
    await rig.pass(23 * 60 * minute);
    const delta = await pull(cursor);
    expect(delta.at(-1)).toMatchObject({ extent: "delta" });
    await rig.pass(60 * minute);
    expect((await pull(cursorOf(delta))).at(-1)).toMatchObject({
      extent: "snapshot",
      absence: "unknown",
    });
  });
});

describe("a page that a person has copied (I4, I6)", () => {
  test("is an item of its own, with neither key nor mark", async () => {
    const made = await make();
    const copy = await rig.notion.duplicate(made.remoteId);
    const found = await read(copy.id);
    expect(found.key).toBeUndefined();
    expect(found.mark).toBeUndefined();
    expect(await read(made.remoteId)).toMatchObject({ key: "key1", mark: "mark-key1" });
    const again = await make();
    expect(again.remoteId).toBe(made.remoteId);
  });

  test("bears our mark once it is written, and still not the key", async () => {
    const made = await make();
    const copy = await rig.notion.duplicate(made.remoteId);
    const done = await update(copy.id, item({ title: "ours" }));
    expect(done.mark).toBe("m2");
    expect(done.key).toBeUndefined();
  });

  test("is not taken for the page, even before that page knows its own id", async () => {
    await rig.notion.fault({ match: { method: "PATCH", path: "/v1/pages" }, kind: "reset" });
    await expect(make()).rejects.toThrow(errors.Unavailable);
    const [page] = await rig.notion.living(rig.table);
    await rig.pass(minute);
    const copy = await rig.notion.duplicate(page?.id ?? "");
    expect((await read(copy.id)).key).toBeUndefined();
    expect(await read(page?.id ?? "")).toMatchObject({ key: "key1", mark: "mark-key1" });
    expect((await make()).remoteId).toBe(page?.id);
    expect((await read(copy.id)).key).toBeUndefined();
  });

  test("and whose original is in the trash leaves the key taken", async () => {
    const made = await make();
    await rig.notion.duplicate(made.remoteId);
    await rig.person.remove(made.remoteId);
    await expect(make()).rejects.toThrow(errors.KeyTaken);
  });
});

describe("a creation whose answer is lost", () => {
  const creates = { method: "POST", path: "/v1/pages" };

  test.each(["reset", "timeout", "status", "body"] as const)(
    "after the page was made (%s) makes no second page",
    async (kind) => {
      await rig.close();
      rig = await openNotion({ pageSize: 100, timeoutMs: 300 });
      write = rig.open().write ?? write;
      const fault = { status: 502, body: "truncated" as const };
      await rig.notion.fault({ match: creates, phase: "after", kind, ...fault });
      await expect(make()).rejects.toThrow(/pages\.create/);
      expect(await living()).toBe(1);
      expect(await make()).toMatchObject({ key: "key1", mark: "mark-key1" });
      expect(await living()).toBe(1);
    },
  );

  test("is not repeated while Notion's lists may still be lagging behind", async () => {
    const connector = createNotion({ apiUrl: rig.address, settleMs: 1_000 });
    write = connector.open(rig.connection).write ?? write;
    await rig.notion.settings({ queryLagMs: 600 });
    await rig.notion.fault({ match: creates, phase: "after", kind: "reset" });
    await expect(make()).rejects.toThrow(errors.Unavailable);
    const early = await make().catch((error: unknown) => error);
    expect(early).toBeInstanceOf(errors.Unavailable);
    expect(early).toHaveProperty("retryAfterMs");
    await new Promise((done) => setTimeout(done, 700));
    expect(await make()).toMatchObject({ key: "key1" });
    expect(await living()).toBe(1);
  });

  test("that was refused is repeated at once", async () => {
    await rig.notion.fault({ match: creates, status: 409, reason: "conflict_error" });
    await expect(make()).rejects.toThrow(errors.Unavailable);
    await rig.notion.fault({ match: creates, status: 429 });
    await new Promise((done) => setTimeout(done, 60));
    await expect(make()).rejects.toThrow(errors.RateLimited);
    expect(await make()).toMatchObject({ key: "key1" });
    expect(await living()).toBe(1);
  });
});

describe("many rows (I13)", () => {
  test(
    "12,000 of them are all listed, past the limit of one query",
    { timeout: 120_000 },
    async () => {
      // Forty a minute, hence some minutes before the limit of a query is reached.
      const first = Date.parse("2026-01-01T00:00:00Z");
      const pages = Array.from({ length: 12_000 }, (_, n) => ({
        properties: { Name: title(`row ${n}`), Date: dated("2026-03-02") },
        at: new Date(first + Math.floor(n / 40) * minute).toISOString(),
      }));
      const ids: string[] = [];
      for (let from = 0; from < pages.length; from += 1_000)
        ids.push(...(await rig.notion.seed(rig.table, pages.slice(from, from + 1_000))));
      const listed = await pull();
      const found = new Set(changesOf(listed).map(({ remoteId }) => remoteId));
      expect(found).toEqual(new Set(ids));
      expect(new Set(listed.map(({ snapshotId }) => snapshotId)).size).toBe(1);
    },
  );

  test("more in one minute than a query gives are no table to be read, and none is left out in silence", async () => {
    await rig.notion.settings({ rowCap: 4 });
    for (const name of ["a", "b", "c", "d", "e"]) await rig.person.add(name);
    await expect(pull()).rejects.toThrow(errors.InvalidResponse);
  });

  test("a walk whose cursors are lost goes on from the last row it read", async () => {
    const first = Date.parse("2026-01-01T00:00:00Z");
    const ids = await rig.notion.seed(
      rig.table,
      Array.from({ length: 9 }, (_, n) => ({
        properties: theirs(`${n}`),
        at: new Date(first + n * minute).toISOString(),
      })),
    );
    remote = createNotion({ apiUrl: rig.address, pageSize: 2 }).open(rig.connection);
    await rig.notion.settings({ cursorBreaksAfter: 2 });
    expect(new Set(changesOf(await pull()).map(({ remoteId }) => remoteId))).toEqual(new Set(ids));
    const pages = remote.pull("events", null, never)[Symbol.asyncIterator]();
    const { value } = (await pages.next()) as { value: Page<EventItem> };
    await rig.notion.expireCursors();
    const rest = await pull(value.cursor);
    const found = changesOf([value, ...rest]).map(({ remoteId }) => remoteId);
    expect(new Set(found)).toEqual(new Set(ids));
  });

  test("a cursor that is lost again and again in one place ends the walk", async () => {
    for (const name of ["a", "b", "c"]) await rig.person.add(name);
    remote = createNotion({ apiUrl: rig.address, pageSize: 2 }).open(rig.connection);
    await rig.notion.settings({ cursorBreaksAfter: 1 });
    await expect(pull()).rejects.toThrow(errors.Unavailable);
  });

  test("who edits the very rows that come next moves none past the walk", async () => {
    remote = createNotion({ apiUrl: rig.address, pageSize: 1 }).open(rig.connection);
    const cursor = cursorOf(await pull());
    const ids = [];
    for (const name of ["a", "b", "c", "d"]) ids.push(await rig.person.add(name));
    const seen: string[] = [];
    for await (const { changes } of remote.pull("events", cursor, never)) {
      seen.push(...changes.map(({ remoteId }) => remoteId));
      await rig.pass(minute);
      const next = ids[seen.length];
      if (next !== undefined) await rig.person.rename(next, "edited meanwhile");
    }
    expect(new Set(seen)).toEqual(new Set(ids));
  });
});

describe("what is no longer in the table", () => {
  const states = async (ids: string[]): Promise<RemoteChange<EventItem>["state"][]> =>
    Promise.all(ids.map(async (id) => (await write.read(id, never)).state));

  test("is deleted only in the trash: what is gone, moved or unshared is set aside", async () => {
    const other = await rig.notion.database({ title: "Other", properties: { Date: "date" } });
    const ids = [];
    for (const name of ["trashed", "gone", "moved", "unshared"])
      ids.push(await rig.person.add(name));
    const [trashed = "", gone = "", moved = "", unshared = ""] = ids;
    const cursor = cursorOf(await pull());
    await rig.notion.trash(trashed);
    await rig.notion.delete(gone);
    await rig.notion.move(moved, other.dataSources[0]?.id ?? "");
    await rig.notion.unshare(unshared);
    expect(await states(ids)).toEqual(["deleted", "set-aside", "set-aside", "set-aside"]);
    expect(await write.read(moved, never)).toHaveProperty("reason", expect.stringMatching(/moved/));
    expect(await write.read(gone, never)).toHaveProperty("reason", expect.stringMatching(/reach/));
    for (const pages of [await pull(cursor), await pull()])
      expect(changesOf(pages)).toMatchObject([{ remoteId: trashed, state: "deleted" }]);
    await expect(update(trashed, item())).rejects.toThrow(errors.Gone);
    await expect(update(gone, item())).rejects.toThrow(errors.Gone);
    await expect(update(moved, item())).rejects.toThrow(errors.PreconditionFailed);
    await write.delete(trashed, null, never);
    await expect(write.delete(moved, null, never)).rejects.toThrow(errors.PreconditionFailed);
  });

  test("and comes back from the trash is living", async () => {
    const made = await make();
    await rig.person.remove(made.remoteId);
    await rig.pass(3 * minute);
    const cursor = cursorOf(await pull());
    await rig.notion.restore(made.remoteId);
    expect(changesOf(await pull(cursor))).toMatchObject([{ state: "living", key: "key1" }]);
  });

  test("with its whole database is missing, and no page of it counts as deleted", async () => {
    const made = await make();
    const cursor = cursorOf(await pull());
    await rig.notion.databaseAct(rig.database.id, "unshare");
    for (const from of [null, cursor])
      await expect(pull(from)).rejects.toThrow(errors.CollectionMissing);
    await expect(make(item(), "key2")).rejects.toThrow(errors.CollectionMissing);
    await expect(write.read(made.remoteId, never)).rejects.toThrow(errors.CollectionMissing);
    await expect(update(made.remoteId, item())).rejects.toThrow(errors.CollectionMissing);
    await expect(write.delete(made.remoteId, null, never)).rejects.toThrow(
      errors.CollectionMissing,
    );
  });

  test.each(["notFound", "empty"])(
    "with a database in the trash is missing as well (%s)",
    async (trashedDatabase) => {
      await rig.notion.settings({ trashedDatabase });
      await rig.person.add("a");
      await rig.notion.databaseAct(rig.database.id, "trash");
      await expect(pull()).rejects.toThrow(errors.CollectionMissing);
    },
  );
});

describe("a person's edit beside our write", () => {
  test("before it makes the version another, and nothing is written", async () => {
    const made = await make();
    await rig.person.rename(made.remoteId, "theirs");
    await expect(update(made.remoteId, item({ title: "ours" }), made.version)).rejects.toThrow(
      errors.PreconditionFailed,
    );
    expect((await read(made.remoteId)).item.fields.title).toBe("theirs");
  });

  test.each(["before", "applied"] as const)(
    "of another property, %s, stays and is in the answer",
    async (moment) => {
      const made = await make();
      const act = { do: "edit" as const, properties: { Location: text("theirs") } };
      await rig.notion.hook({ operation: "pages.update", moment, act });
      const done = await update(made.remoteId, item({ title: "ours" }), made.version);
      expect(done.item.fields).toMatchObject({ title: "ours", location: "theirs" });
    },
  );

  test("after the answer is another version, also in the same minute", async () => {
    const made = await make();
    const act = { do: "edit" as const, properties: { Name: title("theirs") } };
    await rig.notion.hook({ operation: "pages.update", moment: "after", act });
    const done = await update(made.remoteId, item({ title: "ours" }), made.version);
    const [seen] = changesOf(await pull());
    expect(seen).toMatchObject({ item: { fields: { title: "theirs" } }, mark: "m2" });
    expect(seen?.version).not.toBe(done.version);
  });

  test("into the trash right before it is told as gone", async () => {
    const made = await make();
    await rig.notion.hook({ operation: "pages.update", moment: "before", act: { do: "trash" } });
    await expect(update(made.remoteId, item())).rejects.toThrow(errors.Gone);
  });
});

describe("times that a person sets", () => {
  test("keep the clock of the zone that we wrote, though Notion forgets it", async () => {
    const made = await make(item({ start: at("2026-03-02T12:00:00", "Asia/Kathmandu") }));
    await rig.notion.edit(made.remoteId, {
      Date: dated("2026-03-03T09:00:00+05:45", "2026-03-03T10:00:00+05:45"),
    });
    expect((await read(made.remoteId)).item.fields).toMatchObject({
      start: at("2026-03-03T09:00:00", "Asia/Kathmandu"),
      end: at("2026-03-03T10:00:00", "Asia/Kathmandu"),
    });
  });

  test("on a page of theirs are of the zone in the settings, or else of UTC", async () => {
    const id = await rig.person.add("theirs");
    expect((await read(id)).item.fields.start).toEqual(at("2026-03-02T11:00:00", "UTC"));
    const settings = { ...rig.connection.settings, zone: "Europe/Amsterdam" };
    write = rig.connector.open(rig.connect(settings)).write ?? write;
    expect((await read(id)).item.fields.start).toEqual(at("2026-03-02T12:00:00"));
  });

  test("stay where they are when only the other of the two is written", async () => {
    const id = await rig.person.add("theirs");
    const hour = (text: string) => at(`2026-03-02T${text}:00:00`, "UTC");
    const wanted = item({ start: hour("09"), end: hour("18") });
    const later = await write.update(id, wanted, ["end"], null, "m2", never);
    expect(later.item.fields).toMatchObject({ start: hour("11"), end: hour("18") });
    const other = item({ start: hour("09"), end: hour("10") });
    const earlier = await write.update(id, other, ["start"], null, "m3", never);
    expect(earlier.item.fields).toMatchObject({ start: hour("09"), end: hour("18") });
  });
});

describe("rows that are no events", () => {
  test("are set aside with a reason, in nobody's way", async () => {
    await rig.notion.create(rig.table, { Name: title("SECRET") });
    await rig.person.add("b");
    const changes = changesOf(await pull());
    expect(changes.map(({ state }) => state).sort()).toEqual(["living", "set-aside"]);
    expect(changes.find(({ state }) => state === "set-aside")).toMatchObject({
      reason: "the page has no date",
    });
  });

  test("get a date from us and are events", async () => {
    const page = await rig.notion.create(rig.table, { Name: title("a") });
    const before = await write.read(page.id, never);
    const done = await write.update(page.id, item(), ["start", "end"], before.version, "m", never);
    expect(done.item.fields).toMatchObject({ title: "a", start: item().fields.start });
  });
});

describe("long and styled texts", () => {
  test("are read to their end, though a page shows only their beginning", async () => {
    const runs = Array.from({ length: 60 }, (_, n) => ({ text: { content: `${n} ` } }));
    const whole = runs.map((run) => run.text.content).join("");
    const id = await rig.person.add("a");
    await rig.notion.edit(id, { Description: { rich_text: runs }, Name: { title: runs } });
    expect((await read(id)).item.fields).toMatchObject({ description: whole, title: whole });
    const [pulled] = changesOf(await pull());
    expect(pulled).toEqual(await read(id));
  });

  test("of 70,000 characters come back as they went", async () => {
    const description = "🙂 long ".repeat(8_750);
    const made = await make(item({ description }));
    expect(made.item.fields.description).toBe(description);
  });

  test("stay styled where another field is written", async () => {
    const bold = [{ text: { content: "bold" }, annotations: { bold: true } }];
    const id = await rig.person.add("a");
    await rig.notion.edit(id, { Description: { rich_text: bold } });
    const before = (await rig.notion.page(id)).properties["Description"];
    await update(id, item({ title: "new" }));
    expect((await rig.notion.page(id)).properties["Description"]).toEqual(before);
  });
});

test("what is not mapped stays byte for byte, blocks and all (I9)", async () => {
  const id = await rig.person.add("theirs");
  await rig.notion.blocks(id, [{ type: "paragraph", paragraph: { rich_text: [] } }]);
  const before = await rig.unmapped?.(id);
  await write.update(id, item(), rig.connector.fields, null, "m2", never);
  await rig.person.remove(id);
  await write.restore?.(id, "m3", never);
  expect(await rig.unmapped?.(id)).toEqual(before);
});

test("a property that was renamed is still the same, one that is gone is named", async () => {
  await rig.person.add("a");
  await rig.notion.schema(rig.table, { Description: { name: "Words" } });
  expect(changesOf(await pull())).toMatchObject([{ state: "living" }]);
  await rig.notion.schema(rig.table, { Words: null });
  await expect(pull()).rejects.toThrow(errors.Misconfigured);
  await expect(pull()).rejects.toThrow(/description/);
  await expect(make()).rejects.toThrow(errors.Misconfigured);
});

test("a date property that has become a text is named, and nothing is set aside for it", async () => {
  const id = await rig.person.add("a");
  const cursor = cursorOf(await pull());
  await rig.notion.schema(rig.table, { Date: "rich_text" });
  await expect(pull(cursor)).rejects.toThrow(errors.Misconfigured);
  await expect(write.read(id, never)).rejects.toThrow(/date/);
});

test("more rows of one minute than a query gives are walked by their dates, and those without one last (I13)", async () => {
  await rig.notion.settings({ rowCap: 4 });
  const at = "2026-03-01T10:00:00.000Z";
  const rows = Array.from({ length: 11 }, (_, day) => ({
    at,
    properties: { Name: title(`row ${day}`), Date: dated(`2026-04-${10 + day}`) },
  }));
  const undated = [1, 2].map((n) => ({ at, properties: { Name: title(`undated ${n}`) } }));
  const later = { at: "2026-03-01T10:05:00.000Z", properties: { ...theirs("later") } };
  await rig.notion.seed(rig.table, [...rows, ...undated, later]);
  const found = new Set(
    (await pull()).flatMap(({ changes }) => changes.map(({ remoteId }) => remoteId)),
  );
  expect(found.size).toBe(14);
});

test("a cursor of another table has expired", async () => {
  const cursor = cursorOf(await pull());
  const other = { ...cursor, source: "d5d50000-0000-4000-8000-000000000001" };
  await expect(pull(other)).rejects.toThrow(errors.CursorExpired);
  await expect(pull({ ...cursor, since: "yesterday" })).rejects.toThrow(errors.CursorExpired);
  await expect(pull({ ...cursor, pageToken: "x" })).rejects.toThrow(errors.CursorExpired);
});
