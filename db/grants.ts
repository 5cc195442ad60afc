import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Grant } from "../connectors/connector.ts";
import type { Tx } from "./client.ts";
import { connections } from "./schema/connections.ts";
import {
  envelopeStart,
  type KeyRing,
  type Place,
  seal,
  SecretUnreadable,
  unseal,
} from "./secrets.ts";

/** The stored grant and its version; null before consent and after disconnecting. @throws SecretUnreadable */
export async function readGrant(
  tx: Tx,
  ring: KeyRing,
  id: string,
  options: { forUpdate?: boolean } = {},
): Promise<{ grant: Grant; version: number } | null> {
  const stored = await readEnvelope(tx, id, options.forUpdate ?? false);
  if (stored?.credentials == null) return null;
  const grant = JSON.parse(unseal(ring, place(stored), stored.credentials)) as Grant;
  return { grant, version: stored.credentialVersion };
}

/**
 * Stores a grant where the stored one is still `expectedVersion`; false says that another writer was
 * quicker (read again and adopt theirs) or the connection is gone. A grant without a refresh token
 * keeps the stored one.
 */
export async function storeGrant(
  tx: Tx,
  ring: KeyRing,
  id: string,
  grant: Grant,
  expectedVersion: number,
): Promise<boolean> {
  const stored = await readEnvelope(tx, id, true);
  if (!stored || stored.disconnectedAt || stored.credentialVersion !== expectedVersion)
    return false;
  const kept =
    stored.credentials === null || grant.refreshToken
      ? undefined
      : grantOf(ring, stored)?.refreshToken;
  const complete: Grant = kept === undefined ? grant : { ...grant, refreshToken: kept };
  await tx
    .update(connections)
    .set({
      credentials: seal(ring, place(stored), JSON.stringify(complete)),
      credentialVersion: expectedVersion + 1,
      refreshingUntil: null,
      grantState: "ok",
    })
    .where(eq(connections.id, id));
  return true;
}

/** The grant is dead: nothing is deleted, the queue rests, and a person is asked to connect again. */
export async function markNeedsReauth(tx: Tx, id: string, reason: string): Promise<void> {
  await tx
    .update(connections)
    .set({
      grantState: "needs_reauth",
      refreshingUntil: null,
      lastErrorCode: "needs_reauth",
      lastError: reason,
      lastErrorAt: sql`now()`,
    })
    .where(and(eq(connections.id, id), isNull(connections.disconnectedAt)));
}

/** A person has connected again: earlier troubles are over, and the account is known from now on. */
export async function markReconnected(tx: Tx, id: string, account: string | null): Promise<void> {
  await tx
    .update(connections)
    .set({
      ...(account !== null && { account }),
      failures: 0,
      lastErrorCode: null,
      lastError: null,
      lastErrorAt: null,
      waitUntil: null,
      waitReason: null,
      nextPollAt: sql`now()`,
    })
    .where(eq(connections.id, id));
}

export interface Expiry {
  /** Milliseconds since the epoch. */
  at: number;
  /** False where only a person can bring the next token. */
  isRenewable: boolean;
}

/** When each grant's access token ends; absent where there is none, it has no end or does not open. */
export async function readExpiries(
  tx: Tx,
  ring: KeyRing,
  ids: readonly string[],
): Promise<Map<string, Expiry>> {
  const stored = await tx
    .select(envelope)
    .from(connections)
    .where(inArray(connections.id, [...ids]));
  const expiries = new Map<string, Expiry>();
  for (const row of stored) {
    const grant = row.credentials === null ? null : grantOf(ring, row);
    if (grant?.expiresAt == null) continue;
    const isRenewable = grant.refreshToken !== undefined || grant.entered !== undefined;
    expiries.set(row.id, { at: grant.expiresAt, isRenewable });
  }
  return expiries;
}

/** Deletes the secrets of a connection; the version rises so that no refresh under way puts them back. */
export async function clearCredentials(tx: Tx, id: string): Promise<void> {
  await tx
    .update(connections)
    .set({
      credentials: null,
      credentialVersion: sql`${connections.credentialVersion} + 1`,
      refreshingUntil: null,
      grantState: "revoked",
    })
    .where(eq(connections.id, id));
}

/**
 * Seals the company's grants with the current key; answers how many. One that no longer opens stays as it
 * is. Compare-and-swap without raising the version: a refresh under way may still store its newer grant
 * over it.
 */
export async function rotateCredentials(tx: Tx, ring: KeyRing): Promise<number> {
  const stale = await tx
    .select(envelope)
    .from(connections)
    .where(
      sql`${connections.credentials} is not null and not starts_with(${connections.credentials}, ${envelopeStart(ring)})`,
    );
  let rotated = 0;
  for (const stored of stale) {
    const grant = grantOf(ring, stored);
    if (grant === null) continue;
    const credentials = seal(ring, place(stored), JSON.stringify(grant));
    const swapped = await tx
      .update(connections)
      .set({ credentials })
      .where(
        and(
          eq(connections.id, stored.id),
          eq(connections.credentialVersion, stored.credentialVersion),
        ),
      )
      .returning({ id: connections.id });
    rotated += swapped.length;
  }
  return rotated;
}

const envelope = {
  id: connections.id,
  companyId: connections.companyId,
  credentials: connections.credentials,
  credentialVersion: connections.credentialVersion,
  disconnectedAt: connections.disconnectedAt,
};
type Envelope = Pick<typeof connections.$inferSelect, keyof typeof envelope>;

async function readEnvelope(tx: Tx, id: string, forUpdate: boolean): Promise<Envelope | undefined> {
  const query = tx.select(envelope).from(connections).where(eq(connections.id, id));
  const [stored] = forUpdate ? await query.for("update") : await query;
  return stored;
}

/** The stored grant, for what can do without: null when the envelope no longer opens. */
function grantOf(ring: KeyRing, stored: Envelope): Grant | null {
  try {
    return JSON.parse(unseal(ring, place(stored), stored.credentials ?? "")) as Grant;
  } catch (error) {
    if (error instanceof SecretUnreadable) return null;
    throw error;
  }
}

const place = (stored: { id: string; companyId: string }): Place => ({
  table: "connections",
  column: "credentials",
  companyId: stored.companyId,
  rowId: stored.id,
});
