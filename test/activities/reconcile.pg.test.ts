import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Opened } from "../../activities/open-connection.ts";
import { reconcilePage } from "../../activities/reconcile.ts";
import type { RemoteChange } from "../../connectors/connector.ts";
import { lockLinksOfPage } from "../../db/links.ts";
import { eventFields, type EventItem } from "../../sync/event.ts";
import { type Company, startApi, type TestApi } from "../api/harness.ts";
import { at, fields } from "../connectors/events.ts";

let api: TestApi;
let company: Company;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
});
afterAll(() => api.stop());

/** What a page's statements need of an opened connection. */
const opened = () =>
  ({
    companyId: company.id,
    connectionId: company.connectionId,
    calendarId: company.calendarId,
    source: "google",
    clockOffset: 0,
    rules: { direction: "both", policy: "newest", fields: eventFields, timeResolutionMs: 1 },
  }) as unknown as Opened;

function living(remoteId: string, item: EventItem): RemoteChange<EventItem> {
  return { state: "living", remoteId, version: `v-${remoteId}`, updatedAt: 1_000, item };
}

/** Takes one page over, as a session does. */
const take = (changes: RemoteChange<EventItem>[]) =>
  api.database.withCompany(
    company.id,
    (tx) =>
      reconcilePage(
        tx,
        { opened: opened(), sessionId: randomUUID(), now: 2_000 },
        { changes, snapshotId: "s" },
      ),
    { origin: { connectionId: company.connectionId, source: "google" } },
  );

const count = async (what: string): Promise<number> => {
  const [row] = await api.sql<{ count: number }>(
    `select count(*)::int as count from ${what} where company_id = $1`,
    [company.id],
  );
  return row?.count ?? -1;
};

const singles = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => {
    const n = from + index;
    return living(`r${n}`, { fields: fields({ title: `Event ${n}` }) });
  });

/** A weekly series and one moved occurrence of it. */
const series = fields({ title: "Weekly", recurrence: ["RRULE:FREQ=WEEKLY"] });
const moved: EventItem = {
  fields: fields({ start: at("2026-03-09T14:00:00"), end: at("2026-03-09T15:00:00") }),
  master: "weekly",
  originalStart: at("2026-03-09T12:00:00"),
};

describe("a page of many parts", () => {
  test("is stored whole: every item once, with its link and its trail (I4)", async () => {
    expect(await take(singles(0, 1_203))).toMatchObject({ created: 1_203, failed: 0 });
    for (const table of ["events", "links", "changes"]) expect(await count(table)).toBe(1_203);
    expect(await count("writes")).toBe(0);
  });

  test("given again it changes nothing (I2, I11)", async () => {
    await take(singles(0, 1_100));
    expect(await take(singles(0, 1_100))).toMatchObject({ created: 0, unchanged: 1_100 });
    expect(await count("changes")).toBe(1_100);
  });

  test("joins an occurrence to its series, however far apart they stand in it", async () => {
    const page = [
      living("moved", moved),
      ...singles(0, 1_100),
      living("weekly", { fields: series }),
    ];
    expect(await take(page)).toMatchObject({ created: 1_102, failed: 0 });
    const [row] = await api.sql<{ title: string }>(
      "select m.title from events e join events m on m.id = e.master_id where e.company_id = $1",
      [company.id],
    );
    expect(row?.title).toBe("Weekly");
  });

  test("loses nothing to an item that the database refuses, wherever it stands (I15)", async () => {
    const refused = living("bad", { fields: fields({ title: "not \0 storable" }) });
    const page = [...singles(0, 700), refused, ...singles(700, 1_300)];
    expect(await take(page)).toMatchObject({ created: 1_300, failed: 1 });
    expect(await count("events")).toBe(1_300);
    const aside = await api.sql(
      "select remote_id, reason from links where company_id = $1 and state = 'set-aside'",
      [company.id],
    );
    expect(aside).toEqual([
      { remote_id: "bad", reason: expect.stringContaining("the database refuses it") as string },
    ]);
  });

  test("keeps texts as they are, line breaks, quotes and backslashes among them", async () => {
    const title = 'a "quoted"\\ title\nof\r\ntwo\u2028lines \u0001 and a tab\t';
    await take([living("id\nwith a break", { fields: fields({ title, description: title }) })]);
    const found = await api.sql(
      `select e.title, e.description, l.remote_id from events e join links l on l.event_id = e.id
       where e.company_id = $1`,
      [company.id],
    );
    expect(found).toEqual([{ title, description: title, remote_id: "id\nwith a break" }]);
  });
});

test("both sides of the last agreement are what they were, also where they are stored once", async () => {
  await take([living("r", { fields: fields({ title: "one" }) })]);
  const read = () =>
    api.database.withCompany(company.id, (tx) =>
      lockLinksOfPage(tx, company.connectionId, { remoteIds: ["r"], ids: [], masters: [] }),
    );
  const one = fields({ title: "one" });
  expect((await read())[0]).toMatchObject({ remote: one, base: { local: one, remote: one } });
  await api.sql("update events set location = 'here' where company_id = $1", [company.id]);
  await take([
    { ...living("r", { fields: fields({ title: "two" }) }), version: "v2", updatedAt: 2_000 },
  ]);
  const two = fields({ title: "two" });
  expect((await read())[0]).toMatchObject({ remote: two, base: { local: two, remote: two } });
});
