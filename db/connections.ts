import { and, asc, eq, getTableColumns, gt, inArray, isNull, ne, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { abandonPlans } from "./plan-states.ts";
import { forgetRings } from "./rings.ts";
import { connections } from "./schema/connections.ts";

type Row = typeof connections.$inferSelect;

/** A connection without its secrets. */
export type Connection = Omit<Row, "credentials" | "settings"> & {
  settings: Record<string, string>;
};

const { credentials: _secret, ...plain } = getTableColumns(connections);

export async function readConnection(tx: Tx, id: string): Promise<Connection | null> {
  const [row] = await tx.select(plain).from(connections).where(eq(connections.id, id));
  return row ? withSettings(row) : null;
}

/** Living connections in id order, for keyset pages. */
export async function listConnections(
  tx: Tx,
  of: {
    after?: string | undefined;
    limit: number;
    ids?: readonly string[] | undefined;
    calendarId?: string | undefined;
    provider?: string | undefined;
  },
): Promise<Connection[]> {
  const found = await tx
    .select(plain)
    .from(connections)
    .where(
      and(
        isNull(connections.disconnectedAt),
        of.after === undefined ? undefined : gt(connections.id, of.after),
        of.ids && inArray(connections.id, [...of.ids]),
        of.calendarId === undefined ? undefined : eq(connections.calendarId, of.calendarId),
        of.provider === undefined ? undefined : eq(connections.provider, of.provider),
      ),
    )
    .orderBy(asc(connections.id))
    .limit(of.limit);
  return found.map(withSettings);
}

/** Living connections of a provider that bring something in, oldest first. */
export async function connectionsToImport(tx: Tx, provider: string): Promise<Connection[]> {
  const found = await tx
    .select(plain)
    .from(connections)
    .where(
      and(
        isNull(connections.disconnectedAt),
        eq(connections.provider, provider),
        inArray(connections.direction, ["both", "in"]),
        ne(connections.settings, {}),
      ),
    )
    .orderBy(asc(connections.createdAt), asc(connections.id));
  return found.map(withSettings);
}

/** The columns that a person chooses. */
export type ConnectionChoice = Partial<
  Pick<
    Row,
    | "direction"
    | "policy"
    | "firstSync"
    | "enabled"
    | "pausedReason"
    | "pollIntervalMs"
    | "freshnessTargetMs"
  > & {
    settings: Record<string, string>;
  }
>;

export async function createConnection(
  tx: Tx,
  made: ConnectionChoice & {
    id: string;
    companyId: string;
    calendarId: string | null;
    provider: string;
  },
): Promise<Connection> {
  const [row] = await tx
    .insert(connections)
    .values(made)
    .onConflictDoNothing({ target: connections.id })
    .returning(plain);
  const found = row ? withSettings(row) : await readConnection(tx, made.id);
  if (!found) throw new Error(`connection ${made.id} was not made`);
  return found;
}

export async function changeConnection(
  tx: Tx,
  id: string,
  change: ConnectionChoice & { account?: string; nextPollAt?: Date },
): Promise<Connection | null> {
  if (Object.keys(change).length === 0) return readConnection(tx, id);
  const [row] = await tx
    .update(connections)
    .set({ ...change, ...(change.enabled === false && nobodysTurn) })
    .where(and(eq(connections.id, id), isNull(connections.disconnectedAt)))
    .returning(plain);
  return row ? withSettings(row) : null;
}

/** Whoever works on the connection finds itself stale before its next call (`attempts.ts`). */
const nobodysTurn = { epoch: sql`${connections.epoch} + 1` };

/** Stops a connection for good: no session starts any more; what was synced and the trail stay. */
export async function markDisconnected(tx: Tx, id: string): Promise<boolean> {
  const gone = await tx
    .update(connections)
    .set({
      disconnectedAt: sql`now()`,
      enabled: false,
      pausedReason: "disconnected",
      ...nobodysTurn,
    })
    .where(and(eq(connections.id, id), isNull(connections.disconnectedAt)))
    .returning({ id: connections.id });
  await forgetRings(tx, id);
  await abandonPlans(tx, id);
  return gone.length > 0;
}

/**
 * Another living connection of the company that syncs the same remote collection, if there is one.
 * `primary` is what an account's own calendar is called as well as by the account's name. Business data
 * is named without regard to letter case, as in the addresses of its providers.
 */
export async function findTwin(
  tx: Tx,
  of: {
    provider: string;
    settings: Record<string, string>;
    account: string | null;
    exceptId: string;
  },
): Promise<{ id: string; calendarId: string | null } | null> {
  const wanted = of.settings["calendarId"] ?? null;
  const [twin] = await rows<{ id: string; calendarId: string | null }>(
    tx,
    sql`select id, calendar_id as "calendarId" from connections
        where provider = ${of.provider} and id <> ${of.exceptId} and disconnected_at is null
          and (calendar_id is null and lower(settings::text) = lower((${JSON.stringify(of.settings)}::jsonb)::text)
               or (settings->>'calendarId' = ${wanted} or settings = ${JSON.stringify(of.settings)}::jsonb)
                 and (settings->>'calendarId' is distinct from 'primary' or account is null or ${of.account}::text is null
                      or account = ${of.account})
               or settings->>'calendarId' = 'primary' and account = ${wanted}
               or ${wanted} = 'primary' and settings->>'calendarId' = ${of.account})
        limit 1`,
  );
  return twin ?? null;
}

/** Takes a lock by name until the transaction ends, so that two requests cannot both find no twin. */
export async function lockChoice(tx: Tx, name: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

function withSettings<T extends { settings: unknown }>(
  row: T,
): T & { settings: Record<string, string> } {
  return { ...row, settings: row.settings as Record<string, string> };
}
