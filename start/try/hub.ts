import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { openDatabase, type Database } from "../../db/client.ts";
import { createConnection } from "../../db/connections.ts";
import { storeGrant } from "../../db/grants.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { createLog } from "../../log.ts";
import type { GoogleCalendar } from "./google.ts";
import type { Stage } from "./stage.ts";

/** A company of ours, written to as anybody with psql writes to it. */
export interface Hub {
  readonly sql: pg.Client;
  connect(google: GoogleCalendar, name: string): Promise<Binding>;
  close(): Promise<void>;
}

/** A calendar of the company and its connection with one of Google's. */
export interface Binding {
  readonly companyId: string;
  readonly calendarId: string;
  readonly connectionId: string;
}

export async function openHub(stage: Stage): Promise<Hub> {
  const db = openDatabase(stage.databaseUrl, { pool: 2, log: createLog("try", "silent") });
  const sql = new pg.Client({ connectionString: stage.databaseUrl });
  // A server that ends while nobody asks it anything: the next question will say so.
  sql.on("error", () => undefined);
  await sql.connect();
  const hash = createHash("sha256").update(randomBytes(32)).digest();
  const { rows } = await sql.query<{ id: string }>("select bootstrap_company('Trial', $1) as id", [
    hash,
  ]);
  const companyId = rows[0]?.id ?? "";
  return {
    sql,
    connect: (google, name) => bind({ db, sql, companyId, key: stage.encryptionKey }, google, name),
    close: async () => {
      await sql.end();
      await db.close();
    },
  };
}

async function bind(
  hub: { db: Database; sql: pg.Client; companyId: string; key: string },
  google: GoogleCalendar,
  name: string,
): Promise<Binding> {
  const { db, sql, companyId, key } = hub;
  const [calendarId, connectionId] = [randomUUID(), randomUUID()];
  await sql.query("insert into calendars (id, company_id, name, zone) values ($1, $2, $3, $4)", [
    calendarId,
    companyId,
    name,
    google.zone,
  ]);
  await db.withCompany(companyId, async (tx) => {
    const settings = { calendarId: google.id };
    const provider = "google-calendar";
    await createConnection(tx, { id: connectionId, companyId, calendarId, provider, settings });
    await storeGrant(tx, openKeyRing([key]), connectionId, google.grant, 0);
  });
  return { companyId, calendarId, connectionId };
}

const longest = 60_000;

/** Rings as a write to `events` does, and waits until a session begun after it is over and nothing is left to do. */
export async function syncUntilQuiet(sql: pg.Client, binding: Binding): Promise<void> {
  const { rows } = await sql.query<{ now: string }>("select clock_timestamp()::text as now");
  const since = rows[0]?.now ?? "";
  const deadline = Date.now() + longest;
  for (let rung = 0; ; await sleep(40)) {
    const { served, quiet, trouble } = await standing(sql, binding, since);
    if (trouble !== null) throw new Error(`the session failed: ${trouble}`);
    if (served && quiet) return;
    if (Date.now() > deadline)
      throw new Error(
        `a session did not end within ${longest / 1000} s; the worker's log may say why (--keep keeps it)`,
      );
    // A worker that has only just begun to listen may have missed the first ring.
    if (!served && Date.now() - rung > 2_000) {
      await sql.query("select pg_notify('syncline_ring', $1)", [
        `${binding.companyId}:${binding.connectionId}`,
      ]);
      rung = Date.now();
    }
  }
}

interface Standing {
  served: boolean;
  quiet: boolean;
  trouble: string | null;
}

async function standing(sql: pg.Client, binding: Binding, since: string): Promise<Standing> {
  const { rows } = await sql.query<Standing>(
    `select
       exists (select from sync_sessions where connection_id = $1 and started_at >= $2::timestamptz and status = 'completed') as served,
       not exists (select from writes where connection_id = $1 and state = 'pending')
         and not exists (select from sync_sessions where connection_id = $1 and status in ('queued', 'running'))
         and not exists (select from rings where connection_id = $1 and (rung > served or running_session is not null)) as quiet,
       (select error from sync_sessions where connection_id = $1 and started_at >= $2::timestamptz and status = 'error'
        order by created_at desc limit 1) as trouble`,
    [binding.connectionId, since],
  );
  return rows[0] ?? { served: false, quiet: false, trouble: null };
}
