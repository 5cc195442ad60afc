import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** Another attempt has taken over: this one stores nothing and sends nothing any more. */
export class StaleAttempt extends Error {
  constructor() {
    super("another attempt has taken over");
    this.name = "StaleAttempt";
  }
}

export interface Begun {
  epoch: number;
  /** Why nothing may be done on the connection any more; null where something may. */
  halted: { code: "paused" | "disconnected"; message: string } | null;
}

/** Makes the caller the newest attempt at work on a connection; older ones find themselves stale. */
export async function beginAttempt(tx: Tx, connectionId: string): Promise<Begun> {
  const [found] = await rows<{
    epoch: number;
    enabled: boolean;
    disconnected: boolean;
  }>(
    tx,
    sql`update connections set epoch = epoch + 1 where id = ${connectionId}
        returning epoch::float8 as epoch, enabled, disconnected_at is not null as disconnected`,
  );
  if (!found) throw new StaleAttempt();
  const { epoch, enabled, disconnected } = found;
  if (disconnected)
    return { epoch, halted: { code: "disconnected", message: "the connection was disconnected" } };
  // A person's reason stays in its row: what halts an attempt stands in a history.
  if (!enabled) return { epoch, halted: { code: "paused", message: "the connection is paused" } };
  return { epoch, halted: null };
}

/** @throws StaleAttempt unless the caller is still the newest attempt; holds others off until the transaction ends */
export function requireCurrent(tx: Tx, connectionId: string, epoch: number): Promise<void> {
  return refuseWithout(tx, sql`${current(connectionId, epoch)} for share`);
}

/** The same before a provider call, which nothing that is stored can hold off. */
export function refuseStale(tx: Tx, connectionId: string, epoch: number): Promise<void> {
  return refuseWithout(tx, current(connectionId, epoch));
}

const current = (connectionId: string, epoch: number) =>
  sql`select 1 from connections where id = ${connectionId} and epoch = ${epoch}`;

async function refuseWithout(tx: Tx, found: ReturnType<typeof sql>): Promise<void> {
  if ((await rows(tx, found)).length === 0) throw new StaleAttempt();
}
