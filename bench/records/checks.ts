import type pg from "pg";
import { compare, type Expected } from "../database.ts";
import { fieldsIn } from "./shop.ts";

type Line = (string | null)[];

const recordTables = ["records", "record_versions", "record_changes"] as const;

async function linesOf(owner: pg.Client, text: string, values: unknown[] = []): Promise<Line[]> {
  const { rows } = await owner.query<Line>({ rowMode: "array", text, values });
  return rows;
}

export async function checkScriptProducts(owner: pg.Client, expected: Expected): Promise<void> {
  const fields = fieldsIn("product", "{images,0,Image}");
  const lines = await linesOf(owner, `select id::text, ${fields} from script_products`);
  compare("script_products", lines, expected);
}

/** No time counts before this: every product is there, once, as the sandbox has it. @throws */
export async function checkRecords(
  owner: pg.Client,
  connectionId: string,
  expected: Expected,
  updated: number,
): Promise<void> {
  const lines = await linesOf(
    owner,
    `select r.remote_id, ${fieldsIn("v.content", "{images,0}")}
     from records r join record_versions v on v.record_id = r.id and v.version = r.version
     where r.connection_id = $1 and r.stream = 'products' and r.state = 'live' and r.absences = 0
       and r.gone_at is null and r.hash = v.hash and v.last_seen_at is null`,
    [connectionId],
  );
  compare("records", lines, expected);
  await checkTrail(owner, expected.count, updated);
}

/** One version for each time a product was seen to be another, and one change for each version. */
async function checkTrail(owner: pg.Client, products: number, updated: number): Promise<void> {
  const { rows } = await owner.query(
    `select (select count(*)::int from records) as records, (select count(*)::int from record_versions) as versions,
       (select count(*)::int from record_changes) as changes,
       (select count(*)::int from record_versions v join record_changes c on c.record_id = v.record_id and c.version = v.version
        where v.version = 1 and c.action = 'created') as created,
       (select count(*)::int from record_versions v join record_changes c on c.record_id = v.record_id and c.version = v.version
        where v.version > 1 and c.action = 'updated' and c.fields ? 'basePrice') as updated`,
  );
  const all = products + updated;
  const wanted = { records: products, versions: all, changes: all, created: products, updated };
  const found = JSON.stringify(rows[0]);
  if (found !== JSON.stringify(wanted))
    throw new Error(`the tables hold ${found}, not ${JSON.stringify(wanted)}`);
}

/** The cursor is at rest, and everything that was read has been compared. @throws */
export async function checkAtRest(owner: pg.Client, connectionId: string): Promise<void> {
  const { rowCount } = await owner.query(
    `select 1 from cursors where connection_id = $1 and stream = 'products' and cursor ? 'since'
       and not cursor ? 'pageToken' and snapshot_id is null and passed_by is not null
       and (select detected_seq from connections where id = $1) = (select max(seq) from record_versions where connection_id = $1)
       and not exists (select from record_sightings where connection_id = $1)`,
    [connectionId],
  );
  if (rowCount !== 1) throw new Error("the cursor of the products is not at rest");
}

/** What a session has counted. @throws */
export async function checkCounts(
  owner: pg.Client,
  sessionId: string,
  wanted: { created: number; updated: number },
): Promise<void> {
  const { rows } = await owner.query(
    `select local_created as created, local_updated as updated from sync_sessions
     where id = $1 and local_deleted = 0 and local_failed = 0 and error is null`,
    [sessionId],
  );
  const found = JSON.stringify(rows[0]);
  if (found !== JSON.stringify(wanted))
    throw new Error(`the session counts ${found}, not ${JSON.stringify(wanted)}`);
}

/** Rows of the three tables that were written while `work` ran: new, and new versions of old ones. */
export async function writtenBy<T>(
  owner: pg.Client,
  work: () => Promise<T>,
): Promise<{ value: T; written: number }> {
  const { rows } = await owner.query<{ tx: string }>("select pg_current_xact_id()::text as tx");
  const value = await work();
  let written = 0;
  for (const table of recordTables) {
    const later = await owner.query<{ count: number }>(
      `select count(*)::int as count from ${table} where xmin::text::bigint > $1::bigint`,
      [rows[0]?.tx],
    );
    written += later.rows[0]?.count ?? 0;
  }
  return { value, written };
}
