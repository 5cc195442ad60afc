import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { sql } from "drizzle-orm";
import pg from "pg";
import type { Log } from "../log.ts";
import { postgresCode, withoutContent } from "./refused.ts";

/** A transaction in which one company is set. All functions of this folder take one first. */
export type Tx = NodePgDatabase;

export interface Database {
  /**
   * Runs `work` in one transaction that sees only this company's rows. Repeats it whole, a few times,
   * when Postgres says that the transaction lost a race (40001, 40P01): `work` may run more than once
   * and must not call a provider.
   */
  withCompany<T>(companyId: string, work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  /** Runs `work` with no company: only the functions that look across companies answer anything. */
  acrossCompanies<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** @throws when Postgres does not answer, or takes no writes */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface TxOptions {
  /** The connection whose remote this transaction takes over: it is not marked for writing back. */
  origin?: { connectionId: string; source: string };
  /** Who edits, for the trail: the name of a key. */
  by?: string;
  /** The writer rings by itself. */
  quiet?: boolean;
  /** Deletes are real: retention only. */
  purge?: boolean;
}

/** How long Postgres is waited for. One that hangs answers nothing, so its own timeouts do not end it. */
export interface Patience {
  /** Until a transaction has begun, the wait for a free connection included. */
  beginMs: number;
  /** Until it has ended. */
  workMs: number;
}

/** A nightly clean-up is several statements, each of which may take a minute. */
const patient: Patience = { beginMs: 5_000, workMs: 300_000 };
/** Left for beginning, however long the wait for a connection was. */
const leastBeginMs = 500;

const lostRace = new Set(["40001", "40P01"]);
const maxRaces = 5;

export function openDatabase(
  url: string,
  options: { pool: number; log: Log; patience?: Patience },
): Database {
  const { beginMs, workMs } = options.patience ?? patient;
  const pool = new pg.Pool({
    connectionString: url,
    max: options.pool,
    // The login role may own the tables; the work is done as a role that row-level security binds.
    options:
      "-c role=syncline_app -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000",
    connectionTimeoutMillis: beginMs,
    application_name: "syncline",
    keepAlive: true,
  });
  // node-postgres emits `error` on idle clients and on checked-out ones; unheard, either ends the process.
  pool.on("error", (err) => options.log.warn({ err }, "an idle database connection was lost"));
  pool.on("connect", (client) => {
    client.on("error", (err) => options.log.warn({ err }, "a database connection was lost"));
  });

  const attempt = async <T>(
    settings: Record<string, string>,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> => {
    const asked = performance.now();
    const client = await pool.connect();
    const cutAfter = (ms: number, what: string) =>
      setTimeout(() => {
        options.log.warn({ ms: Math.round(ms) }, what);
        // With a statement under way this closes the socket, and the statement fails.
        void client.end();
      }, ms);
    const left = Math.max(leastBeginMs, beginMs - (performance.now() - asked));
    let timer = cutAfter(left, "a transaction did not begin; its connection was cut");
    try {
      return await drizzle(client).transaction(async (tx) => {
        await tx.execute(setAll(settings));
        clearTimeout(timer);
        timer = cutAfter(workMs, "a transaction did not end; its connection was cut");
        return work(tx);
      });
    } finally {
      clearTimeout(timer);
      // Here and not in drizzle, which keeps a connection for good on which `begin` has failed.
      client.release();
    }
  };

  const transact = async <T>(
    settings: Record<string, string>,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> => {
    for (let race = 1; ; race++) {
      try {
        return await attempt(settings, work);
      } catch (error) {
        if (race >= maxRaces || !lostRace.has(postgresCode(error) ?? ""))
          throw withoutContent(error);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * race));
      }
    }
  };

  return {
    withCompany: (companyId, work, tx = {}) =>
      transact({ "app.company_id": companyId, ...settingsOf(tx) }, work),
    acrossCompanies: (work) => transact({ "app.company_id": "" }, work),
    ping: () =>
      transact({ "app.company_id": "" }, async (tx) => {
        const [state] = await rows<{ readonly: boolean }>(
          tx,
          sql`select current_setting('transaction_read_only')::boolean as readonly`,
        );
        if (state?.readonly !== false) throw new Error("the database takes no writes");
      }),
    close: () => pool.end(),
  };
}

/** From here on the transaction writes as this source: its own connection is not marked, the others are. */
export async function writeAs(
  tx: Tx,
  origin: { connectionId: string; source: string },
): Promise<void> {
  await tx.execute(setAll({ "app.origin": origin.connectionId, "app.source": origin.source }));
}

/** What triggers are told of a transaction. */
export function settingsOf({ origin, by, quiet, purge }: TxOptions): Record<string, string> {
  return {
    ...(origin && { "app.origin": origin.connectionId, "app.source": origin.source }),
    ...(by !== undefined && { "app.by": by }),
    ...(quiet && { "app.quiet": "on" }),
    ...(purge && { "app.purge": "on" }),
  };
}

export function setAll(settings: Record<string, string>) {
  const calls = Object.entries(settings).map(
    ([name, value]) => sql`set_config(${name}, ${value}, true)`,
  );
  return sql`select ${sql.join(calls, sql`, `)}`;
}

/** Rows of a plain SQL statement, for the few that are better said in SQL than in drizzle. */
export async function rows<Row>(tx: Tx, statement: ReturnType<typeof sql>): Promise<Row[]> {
  return (await tx.execute(statement)).rows as Row[];
}
