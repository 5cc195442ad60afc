import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cleanOld } from "../../db/retention.ts";
import { type Row, type Shop, startShops } from "./record-shop.ts";

let shops: Awaited<ReturnType<typeof startShops>>;
let shop: Shop;

beforeAll(async () => {
  shops = await startShops();
});
beforeEach(async () => {
  shop = await shops.open();
});
afterAll(() => shops.stop());

const idOf = async (remoteId: string, stream = "items"): Promise<string> => {
  const [found] = await shop.data(
    `/api/records?connectionId=${shop.connectionId}&stream=${stream}&remoteId=${remoteId}`,
  );
  return String(found?.["id"]);
};
const short = (rows: readonly Row[]) =>
  rows.map(({ on, remoteId }) => `${String(on)} ${String(remoteId)}`);

describe("a timeline", () => {
  beforeEach(async () => {
    shop.store.put("1", { name: "Anna" }, { sensitive: { iban: "NL01" } });
    shop.store.put("2", { name: "Bert" });
    shop.store.setParts("1", { a: { part: 1 } });
    await shop.session();
    shop.store.put("1", { name: "Anne" }, { sensitive: { iban: "NL02" } });
    await shop.session();
  });

  test("of a record is told from its first day on, sensitive values to owners and admins alone", async () => {
    const address = `/api/records/${await idOf("1")}/timeline`;
    const entries = await shop.data(address);
    expect(entries).toMatchObject([
      { on: "2026-03-01", kind: "hired", detail: { name: "Anna" }, retroactive: false },
      { on: "2026-03-02", kind: "changed", sensitive: { iban: "NL02" }, retroactive: true },
    ]);
    expect(await shop.data(address, "member")).toMatchObject([
      { sensitive: {}, masked: true, detail: { name: "Anna" } },
      { sensitive: {}, masked: true },
    ]);
    expect((await shop.get(`/api/records/${await idOf("a", "parts")}/timeline`)).status).toBe(404);
  });

  test("of a company has the newest day first, page by page, and is narrowed", async () => {
    const all = await shop.data("/api/timeline");
    expect(short(all)).toEqual(["2026-03-02 1", "2026-03-01 2", "2026-03-01 1"]);
    expect(all[1]).toMatchObject({ recordId: await idOf("2"), connectionId: shop.connectionId });
    const first = await shop.get("/api/timeline?limit=2");
    const rest = await shop.data(
      `/api/timeline?limit=2&cursor=${String(first.body["nextCursor"])}`,
    );
    expect(short(rest)).toEqual(["2026-03-01 1"]);
    const found = async (query: string) => short(await shop.data(`/api/timeline?${query}`));
    expect(await found("kind=changed")).toEqual(["2026-03-02 1"]);
    expect(await found("retroactive=false&remoteId=2")).toEqual(["2026-03-01 2"]);
    expect(await found("from=2026-03-02")).toEqual(["2026-03-02 1"]);
    expect(await found("to=2026-03-02&order=oldest")).toEqual(["2026-03-01 1", "2026-03-01 2"]);
    expect(await found("learnedFrom=2199-01-01")).toEqual([]);
    expect(await found(`connectionId=${randomUUID()}`)).toEqual([]);
    expect((await shop.get("/api/timeline?from=2026-02-30")).status).toBe(400);
  });
});

describe("what is set aside", () => {
  test("of a connection with records is told by stream and item, page by page", async () => {
    shop.store.put("1", { name: "one" });
    await shop.session();
    await shops.api.sql(
      `insert into records (company_id, connection_id, stream, remote_id, state, version, reason)
       values ($1, $2, 'items', '9', 'set-aside', 0, 'price: no number')`,
      [shop.companyId, shop.connectionId],
    );
    await shops.api.sql(
      `insert into record_work (company_id, connection_id, stream, remote_id, error)
       values ($1, $2, 'items', '1', 'details: 500'), ($1, $2, 'items', 'unknown', 'details: 404'), ($1, $2, 'items', 'fine', null)`,
      [shop.companyId, shop.connectionId],
    );
    const address = `/api/connections/${shop.connectionId}/set-aside`;
    const first = await shop.get(`${address}?limit=2`, "member");
    const rest = await shop.data(`${address}?limit=2&cursor=${String(first.body["nextCursor"])}`);
    expect([...(first.body["data"] as unknown as Row[]), ...rest]).toMatchObject([
      {
        id: await idOf("1"),
        stream: "items",
        remoteId: "1",
        state: "waiting",
        reason: "details: 500",
      },
      {
        stream: "items",
        remoteId: "9",
        state: "set-aside",
        reason: "price: no number",
        eventId: null,
      },
      { id: null, remoteId: "unknown", state: "waiting", reason: "details: 404" },
    ]);
  });
});

describe("analytics", () => {
  type Figures = {
    days: {
      day: string;
      sessions: Record<string, number>;
      durations: Row;
      providerCalls: number;
    }[];
    changes: Row[];
    failures: Row[];
    freshness: Row[];
  };
  const figures = async (query: string) =>
    (await shop.get(`/api/analytics?${query}`, "member")).body as unknown as Figures;

  test("count sessions, durations, calls, changes and failures by the days of a zone", async () => {
    const session = (at: string, status: string, seconds: number, code: string | null) =>
      shops.api.sql(
        `insert into sync_sessions (id, company_id, connection_id, status, trigger, triggered_by, created_at, started_at, completed_at, provider_calls, error_code)
         values (gen_random_uuid(), $1, $2, $3, 'manual', 'x', $4::timestamptz, $4::timestamptz, $4::timestamptz + make_interval(secs => $5), 7, $6)`,
        [shop.companyId, shop.connectionId, status, at, seconds, code],
      );
    await session("2026-05-01T10:00:00Z", "completed", 1, null);
    await session("2026-05-01T11:00:00Z", "completed", 3, null);
    await session("2026-05-01T23:30:00Z", "error", 5, "Unavailable");
    await shops.api.sql(
      `insert into record_changes (company_id, connection_id, session_id, record_id, stream, remote_id, action, version, at)
       values ($1, $2, $1, $1, 'items', '1', 'updated', 2, '2026-05-01T22:30:00Z'), ($1, $2, $1, $1, 'items', '1', 'updated', 3, '2026-05-01T22:31:00Z')`,
      [shop.companyId, shop.connectionId],
    );
    const utc = await figures("from=2026-05-01&to=2026-05-03");
    expect(utc.days.map(({ day }) => day)).toEqual(["2026-05-01", "2026-05-02", "2026-05-03"]);
    expect(utc.days[0]).toEqual({
      day: "2026-05-01",
      sessions: { queued: 0, running: 0, completed: 2, error: 1 },
      durations: { p50Ms: 3000, p95Ms: 4800 },
      providerCalls: 21,
    });
    expect(utc.days[1]).toMatchObject({ sessions: { completed: 0 }, durations: { p50Ms: null } });
    expect(utc.changes).toEqual([
      { day: "2026-05-01", stream: "items", action: "updated", count: 2 },
    ]);
    expect(utc.failures).toMatchObject([{ errorCode: "Unavailable", count: 1 }]);
    const saigon = await figures("from=2026-05-01&to=2026-05-02&zone=Asia/Ho_Chi_Minh");
    expect(saigon.days.map(({ sessions }) => sessions["error"])).toEqual([0, 1]);
    expect(saigon.changes).toMatchObject([{ day: "2026-05-02", count: 2 }]);
    const moment = await figures(
      "from=2026-05-01T20:00:00Z&to=2026-05-01T20:00:00Z&zone=Asia/Ho_Chi_Minh",
    );
    expect(moment.days.map(({ day }) => day)).toEqual(["2026-05-02"]);
  });

  test("tell how fresh each connection is now, and keep companies apart", async () => {
    shop.store.put("1", { name: "one" });
    await shop.session();
    const { freshness, changes } = await figures(`connectionId=${shop.connectionId}`);
    expect(freshness).toMatchObject([
      { connectionId: shop.connectionId, provider: "memory-records" },
    ]);
    expect(Number(freshness[0]?.["ageMs"])).toBeLessThan(60_000);
    expect(changes).toMatchObject([{ stream: "items", action: "created", count: 1 }]);
    const us = await shops.open();
    expect((await us.get(`/api/analytics?connectionId=${shop.connectionId}`)).status).toBe(404);
    expect((await us.get("/api/analytics")).text).not.toContain(shop.connectionId);
  });

  test("are of no more than 400 days, and of no window that ends before it begins", async () => {
    const status = async (query: string) => (await shop.get(`/api/analytics?${query}`)).status;
    expect(await status("from=2025-01-01&to=2026-02-04")).toBe(200);
    expect(await status("from=2025-01-01&to=2026-02-05")).toBe(400);
    expect(await status("from=2026-01-02&to=2026-01-01")).toBe(400);
    expect(await status("zone=Nowhere/City")).toBe(400);
    expect(await status("from=soon")).toBe(400);
  });
});

describe("under the names of old", () => {
  const look = (text: string) =>
    shops.api.sql<Row>(text.replaceAll("$company", `'${shop.companyId}'`));
  const provider = (name: string) =>
    shops.api.sql("update connections set provider = $2 where id = $1", [shop.connectionId, name]);
  const content = (stream: string, remoteId: string, said: object) =>
    shops.api.sql(
      `with r as (insert into records (company_id, connection_id, stream, remote_id, state, version) values ($1, $2, $3, $4, 'live', 1) returning id)
       insert into record_versions (record_id, version, company_id, connection_id, session_id, content, sealed, hash, first_seen_at)
       select id, 1, $1, $2, gen_random_uuid(), $5, 'v1|sealed', '\\x01', now() from r`,
      [shop.companyId, shop.connectionId, stream, remoteId, JSON.stringify(said)],
    );

  test("KiotViet's data are columns, and its schedules have a frequency", async () => {
    await provider("kiotviet");
    await content("products", "7", {
      code: "P7",
      name: "Tea",
      basePrice: 12.5,
      isActive: true,
      categoryId: 3,
    });
    await content("categories", "3", { name: "Drinks", parentId: null, hasChild: false });
    await content("inventory", "7:1", { productId: 7, branchId: 1, onHand: 4, reserved: 0 });
    for (const cadence of [
      { everyHours: 1 },
      { dailyAt: ["06:00"] },
      { everyHours: 6 },
      { cron: "0 3 * * 1" },
    ])
      await shops.api.sql(
        "insert into schedules (company_id, connection_id, cadence, streams) values ($1, $2, $3, '{products}')",
        [shop.companyId, shop.connectionId, JSON.stringify(cadence)],
      );
    expect(
      await look(
        `select p.code, p.base_price, p.is_active, c.name, i.on_hand from kiotviet.products p
         join kiotviet.categories c on c.id = p.category_id and c.company_id = p.company_id
         join kiotviet.inventory i on i.product_id = p.id and i.company_id = p.company_id where p.company_id = $company`,
      ),
    ).toEqual([{ code: "P7", base_price: "12.5", is_active: true, name: "Drinks", on_hand: "4" }]);
    expect(
      await look(
        `select frequency, interval_hours::float8 as hours, sync_types from kiotviet.sync_schedules where company_id = $company order by 2 nulls last`,
      ),
    ).toEqual([
      { frequency: "hourly", hours: 1, sync_types: ["products"] },
      { frequency: "custom", hours: 6, sync_types: ["products"] },
      { frequency: "daily", hours: 24, sync_types: ["products"] },
      { frequency: "custom", hours: null, sync_types: ["products"] },
    ]);
  });

  test("Employes' employees, versions, changes, timeline and sessions, and nothing that is sealed", async () => {
    shop.store.put("1", { name: "Anna" }, { sensitive: { iban: "NL01" } });
    await shop.session();
    await provider("employes");
    await content("employees", "e1", {
      displayName: "Anna de Vries",
      firstName: "Anna",
      status: "active",
    });
    await content("salaries", "s1", { startDate: "2026-01-01" });
    await shops.api.sql(
      "update records set parent_id = 'e1' where remote_id = 's1' and company_id = $1",
      [shop.companyId],
    );
    const of = (view: string, columns: string) =>
      look(`select ${columns} from ${view} where company_id = $company order by 1, 2`);
    expect(await of("employes.employees", "id, display_name, status")).toEqual([
      { id: "e1", display_name: "Anna de Vries", status: "active" },
    ]);
    expect(
      await of("employes_raw_data", "endpoint, employee_id, is_latest, hash <> '' as hashed"),
    ).toEqual([
      { endpoint: "employees", employee_id: "e1", is_latest: true, hashed: true },
      { endpoint: "items", employee_id: null, is_latest: true, hashed: true },
      { endpoint: "salaries", employee_id: "e1", is_latest: true, hashed: true },
    ]);
    expect(await of("employes_changes", "endpoint, action")).toEqual([
      { endpoint: "items", action: "created" },
    ]);
    expect(await of("employes_timeline", "employee_id, event_date::text, event_type")).toEqual([
      { employee_id: "1", event_date: "2026-03-01", event_type: "hired" },
    ]);
    expect(await of("employes_sync_sessions", "source, triggered_by, status")).toEqual([
      { source: "manual", triggered_by: "test", status: "completed" },
    ]);
    for (const view of ["employes_raw_data", "employes_timeline", "employes.employees"])
      expect(JSON.stringify(await of(view, "*"))).not.toMatch(/v1\||NL01/);
  });

  test("are of one's own company, and readable by the working role", async () => {
    await provider("kiotviet");
    await content("products", "7", { name: "Tea" });
    const count = (company: string) =>
      shops.api.database.withCompany(company, async (tx) => {
        const { rows } = await tx.execute("select count(*)::int as count from kiotviet.products");
        return rows[0]?.["count"];
      });
    expect(await count(shop.companyId)).toBe(1);
    expect(await count(randomUUID())).toBe(0);
  });
});

test("what is told of records' changes is deleted after its time, their versions are kept", async () => {
  shop.store.put("1", { name: "one" });
  await shop.session();
  shop.store.put("1", { name: "two" });
  await shop.session();
  await shops.api.sql(
    "update record_changes set at = now() - interval '41 days' where connection_id = $1 and action = 'created'",
    [shop.connectionId],
  );
  const keep = { logDays: 9_000, trailDays: 40, deletedDays: 9_000 };
  const { changes } = await shops.api.database.withCompany(
    shop.companyId,
    (tx) => cleanOld(tx, keep),
    {
      purge: true,
    },
  );
  expect(changes).toBe(1);
  const id = await idOf("1");
  expect(await shop.data(`/api/records/${id}/changes`)).toMatchObject([{ action: "updated" }]);
  expect(await shop.data(`/api/records/${id}/versions`)).toHaveLength(2);
});
