import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { DrizzleQueryError, sql } from "drizzle-orm";
import pg from "pg";
import type { Log } from "../log.ts";

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
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface TxOptions {
  /** The connection whose remote this transaction takes over: it is not marked for writing back. */
  origin?: { connectionId: string; source: string };
  /** The writer rings by itself. */
  quiet?: boolean;
  /** Deletes are real: retention only. */
  purge?: boolean;
}

const lostRace = new Set(["40001", "40P01"]);
const maxRaces = 5;

export function openDatabase(url: string, options: { pool: number; log: Log }): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.pool,
    // The login role may own the tables; the work is done as a role that row-level security binds.
    options:
      "-c role=syncline_app -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000",
    connectionTimeoutMillis: 5_000,
    application_name: "syncline",
    keepAlive: true,
  });
  // node-postgres emits `error` on idle clients and on checked-out ones; unheard, either ends the process.
  pool.on("error", (err) => options.log.warn({ err }, "an idle database connection was lost"));
  pool.on("connect", (client) => {
    client.on("error", (err) => options.log.warn({ err }, "a database connection was lost"));
  });

  const transact = async <T>(
    settings: Record<string, string>,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> => {
    for (let race = 1; ; race++) {
      try {
        return await drizzle(pool).transaction(async (tx) => {
          await tx.execute(setAll(settings));
          return work(tx);
        });
      } catch (error) {
        if (race >= maxRaces || !lostRace.has(postgresCode(error) ?? ""))
          throw withoutContent(error);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * race));
      }
    }
  };

  return {
    withCompany: (companyId, work, tx = {}) =>
      transact(
        {
          "app.company_id": companyId,
          ...(tx.origin && {
            "app.origin": tx.origin.connectionId,
            "app.source": tx.origin.source,
          }),
          ...(tx.quiet && { "app.quiet": "on" }),
          ...(tx.purge && { "app.purge": "on" }),
        },
        work,
      ),
    acrossCompanies: (work) => transact({ "app.company_id": "" }, work),
    ping: async () => void (await pool.query("select 1")),
    close: () => pool.end(),
  };
}

function setAll(settings: Record<string, string>) {
  const calls = Object.entries(settings).map(
    ([name, value]) => sql`set_config(${name}, ${value}, true)`,
  );
  return sql`select ${sql.join(calls, sql`, `)}`;
}

/** A statement that Postgres refused: what, by which rule, and nothing of what it held. */
export class StatementFailed extends Error {
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint: string | undefined;
  constructor(code: string, constraint: string | undefined, statement: string) {
    super(
      `Postgres refused a statement (${[code, constraint].filter(Boolean).join(" ")}): ${statement}`,
    );
    this.name = "StatementFailed";
    this.code = code;
    this.constraint = constraint;
  }
}

/**
 * drizzle repeats a statement's parameters in its message, and Postgres a row's values in its own; both
 * would carry events into logs and histories.
 */
function withoutContent(error: unknown): unknown {
  const code = postgresCode(error);
  if (error instanceof DrizzleQueryError || code !== undefined) {
    const statement =
      error instanceof DrizzleQueryError ? error.query.replaceAll(/\s+/g, " ").slice(0, 120) : "";
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (code === undefined)
      return new Error(`a statement did not come through: ${statement}`, {
        cause: reasonOf(cause),
      });
    const constraint = cause instanceof pg.DatabaseError ? cause.constraint : undefined;
    return new StatementFailed(code, constraint, statement);
  }
  return error;
}

/** A lost connection says only where and how; that may stay. */
function reasonOf(cause: unknown): unknown {
  return cause instanceof Error &&
    !(cause instanceof pg.DatabaseError) &&
    !(cause instanceof DrizzleQueryError)
    ? cause
    : undefined;
}

/** The SQLSTATE of a failed statement, also where drizzle has wrapped the error. */
export function postgresCode(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string" && /^[0-9A-Z]{5}$/.test(at.code))
      return at.code;
  }
  return undefined;
}

/** Rows of a plain SQL statement, for the few that are better said in SQL than in drizzle. */
export async function rows<Row>(tx: Tx, statement: ReturnType<typeof sql>): Promise<Row[]> {
  return (await tx.execute(statement)).rows as Row[];
}
