import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { type Engine, startEngine } from "../../support/engine.ts";
import { dated, minute, type NotionRig, openNotion, text, theirs, title } from "./sandbox.ts";

/** The activities over a real database, with the pretend Notion on the other side. */
let engine: Engine;
let rig: NotionRig;
let here: Awaited<ReturnType<Engine["connect"]>>;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine.stop());
beforeEach(async () => {
  rig = await openNotion({ pageSize: 100 });
  here = await engine.connect({
    // The rows of the database name the memory connector.
    provider: () => ({ ...rig.connector, provider: "memory", open: () => rig.open() }),
    now: () => rig.connection.now(),
  });
});
afterEach(() => rig.close());

const names = async () =>
  (await rig.notion.living(rig.table))
    .map(
      ({ properties }) =>
        (properties["Name"]?.["title"] as { plain_text: string }[] | undefined)?.[0],
    )
    .map((run) => run?.plain_text ?? "")
    .toSorted();
const edits = async () => {
  const { perPage } = await rig.notion.counters();
  return Object.values(perPage).reduce((sum, { writes }) => sum + writes, 0);
};
const page = async (name: string) =>
  (await rig.notion.living(rig.table)).find(({ properties }) =>
    JSON.stringify(properties["Name"]).includes(name),
  )?.id ?? "";

test("events and pages travel both ways, and then there is quiet", async () => {
  await rig.person.add("theirs");
  await here.insert("ours");
  await here.session();
  expect(await names()).toEqual(["ours", "theirs"]);
  expect(await here.here()).toEqual(["ours", "theirs"]);
  const before = await edits();
  for (let round = 0; round < 3; round++) {
    await rig.pass(minute);
    await here.session();
  }
  expect(await edits()).toBe(before);
});

test("edits of both sides travel, also two of a person within one minute", async () => {
  const id = await rig.person.add("theirs");
  await here.insert("ours");
  await here.session();
  await rig.person.rename(id, "first");
  await here.session();
  await rig.person.rename(id, "second");
  await here.session();
  expect(await here.here()).toEqual(["ours", "second"]);
  await engine.psql(
    "update events set title = 'changed' where title = 'ours' and calendar_id = $1",
    [here.calendarId],
  );
  await here.session();
  expect(await names()).toEqual(["changed", "second"]);
});

test("a copy is an event of its own, and changes nothing of the original (I4, I6)", async () => {
  await here.insert("ours");
  await here.session();
  const copy = await rig.notion.duplicate(await page("ours"));
  await here.session();
  expect(await here.here()).toEqual(["ours", "ours (1)"]);
  await rig.notion.edit(copy.id, { Name: title("copy") });
  await here.session();
  expect(await names()).toEqual(["copy", "ours"]);
  expect(await here.here()).toEqual(["copy", "ours"]);
});

test("the trash deletes here, and a deletion here goes to the trash", async () => {
  for (const name of ["a", "b", "c"]) await rig.person.add(name);
  await here.session();
  await rig.notion.trash(await page("a"));
  await engine.psql("delete from events where title = 'b' and calendar_id = $1", [here.calendarId]);
  await rig.pass(2 * minute);
  await here.session();
  expect(await here.here()).toEqual(["c"]);
  expect(await names()).toEqual(["c"]);
});

test("what is moved away or no longer shared stays here (I13)", async () => {
  const other = await rig.notion.database({ title: "Other", properties: { Date: "date" } });
  for (const name of ["moved", "unshared", "kept"]) await rig.person.add(name);
  await here.session();
  await rig.notion.move(await page("moved"), other.dataSources[0]?.id ?? "");
  await rig.notion.unshare(await page("unshared"));
  await rig.pass(25 * 60 * minute);
  await here.session();
  expect(await here.here()).toEqual(["kept", "moved", "unshared"]);
  await rig.notion.databaseAct(rig.database.id, "unshare");
  const { pulled } = await here.session();
  expect(pulled).toMatchObject({ outcome: "stop" });
  expect(await here.here()).toEqual(["kept", "moved", "unshared"]);
});

test("a page whose making had no answer is made once", async () => {
  await here.insert("ours");
  const creates = { method: "POST", path: "/v1/pages" };
  await rig.notion.fault({ match: creates, phase: "after", kind: "reset" });
  for (let round = 0; round < 3; round++) {
    await here.session();
    await engine.psql("update writes set next_attempt_at = now()");
  }
  expect(await names()).toEqual(["ours"]);
  expect(await here.here()).toEqual(["ours"]);
});

test("a series stays out of Notion, visibly, and an event beside it goes there", async () => {
  await here.insert("series", { recurrence: ["RRULE:FREQ=DAILY"] });
  await here.insert("single");
  await here.session();
  expect(await names()).toEqual(["single"]);
  expect(await here.here()).toEqual(["series", "single"]);
});

test("what Notion does not hold is not taken from here by an edit there", async () => {
  await here.insert("ours", { status: "tentative", description: "d" });
  await here.session();
  await rig.notion.edit(await page("ours"), { Location: text("there") });
  await here.session();
  const [row] = await engine.psql("select * from events where calendar_id = $1", [here.calendarId]);
  expect(row).toMatchObject({ status: "tentative", description: "d", location: "there" });
});

test("a page gets its date later, and is an event from then on", async () => {
  const { id } = await rig.notion.create(rig.table, { Name: title("idea") });
  await here.session();
  expect(await here.here()).toEqual([]);
  await rig.notion.edit(id, { Date: dated("2026-05-01", "2026-05-02") });
  await here.session();
  expect(await here.here()).toEqual(["idea"]);
  await rig.notion.edit(id, { Date: theirs("idea").Date });
  await here.session();
  expect(await here.here()).toEqual(["idea"]);
});
