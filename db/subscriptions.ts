import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { subscriptions } from "./schema/connections.ts";
import {
  envelopeStart,
  type KeyRing,
  type Place,
  seal,
  SecretUnreadable,
  unseal,
} from "./secrets.ts";

/** Where a provider's signals arrive, without its secrets. */
export interface Subscription {
  id: string;
  provider: string;
  /** Active from the moment in which a person has confirmed the token that the provider sent. */
  state: "waiting" | "pending" | "active";
  pendingAt: Date | null;
  confirmedBy: string | null;
  confirmedAt: Date | null;
  lastMessageAt: Date | null;
  createdAt: Date;
}

interface Ref {
  id: string;
  companyId: string;
}

const shown = {
  id: subscriptions.id,
  provider: subscriptions.provider,
  state: sql<Subscription["state"]>`case when ${subscriptions.token} is not null then 'active'
    when ${subscriptions.pendingToken} is not null then 'pending' else 'waiting' end`,
  pendingAt: subscriptions.pendingAt,
  confirmedBy: subscriptions.confirmedBy,
  confirmedAt: subscriptions.confirmedAt,
  lastMessageAt: subscriptions.lastMessageAt,
  createdAt: subscriptions.createdAt,
};

/** Made again with the same id, it takes the new address: the first was never shown. */
export async function createSubscription(
  tx: Tx,
  made: Ref & { provider: string; pathHash: Buffer },
): Promise<Subscription> {
  const [row] = await tx
    .insert(subscriptions)
    .values(made)
    .onConflictDoUpdate({ target: subscriptions.id, set: { pathHash: made.pathHash } })
    .returning(shown);
  if (!row) throw new Error("the subscription was not made");
  return row;
}

export async function readSubscription(tx: Tx, id: string): Promise<Subscription | null> {
  const [row] = await tx.select(shown).from(subscriptions).where(eq(subscriptions.id, id));
  return row ?? null;
}

export function listSubscriptions(
  tx: Tx,
  page: { after: string | undefined; limit: number },
): Promise<Subscription[]> {
  return tx
    .select(shown)
    .from(subscriptions)
    .where(page.after === undefined ? undefined : gt(subscriptions.id, page.after))
    .orderBy(asc(subscriptions.id))
    .limit(page.limit);
}

/** From now on nothing that arrives at its address is heard. False where there is none. */
export async function deleteSubscription(tx: Tx, id: string): Promise<boolean> {
  const gone = await tx
    .delete(subscriptions)
    .where(eq(subscriptions.id, id))
    .returning({ id: subscriptions.id });
  return gone.length > 0;
}

/** Looks across companies: the secret in the address itself says whose it is. */
export async function findSubscription(
  tx: Tx,
  pathHash: Buffer,
): Promise<(Ref & { provider: string }) | null> {
  const [found] = await rows<Ref & { provider: string }>(
    tx,
    sql`select id, company_id as "companyId", provider from find_subscription(${pathHash})`,
  );
  return found ?? null;
}

/** Keeps a token until a person confirms it. One that is confirmed is never replaced. */
export async function offerToken(tx: Tx, ring: KeyRing, of: Ref, token: string): Promise<void> {
  await tx
    .update(subscriptions)
    .set({
      pendingToken: seal(ring, place(of, "pending_token"), token),
      pendingAt: sql`now()`,
      lastMessageAt: sql`now()`,
    })
    .where(and(eq(subscriptions.id, of.id), isNull(subscriptions.token)));
}

/** Makes the pending token the one that signals are checked with, and answers it. Null where none is pending. */
export async function confirmToken(
  tx: Tx,
  ring: KeyRing,
  of: Ref,
  by: string,
): Promise<string | null> {
  const [stored] = await tx
    .select({ pending: subscriptions.pendingToken })
    .from(subscriptions)
    .where(and(eq(subscriptions.id, of.id), isNull(subscriptions.token)))
    .for("update");
  if (stored?.pending == null) return null;
  const token = unseal(ring, place(of, "pending_token"), stored.pending);
  await tx
    .update(subscriptions)
    .set({
      token: seal(ring, place(of, "token"), token),
      pendingToken: null,
      confirmedBy: by,
      confirmedAt: sql`now()`,
    })
    .where(eq(subscriptions.id, of.id));
  return token;
}

/** The token that signals are signed with; null before a person has confirmed it. @throws SecretUnreadable */
export async function readToken(tx: Tx, ring: KeyRing, of: Ref): Promise<string | null> {
  const [stored] = await tx
    .select({ token: subscriptions.token })
    .from(subscriptions)
    .where(eq(subscriptions.id, of.id));
  return stored?.token == null ? null : unseal(ring, place(of, "token"), stored.token);
}

export async function noteSignal(tx: Tx, id: string): Promise<void> {
  await tx
    .update(subscriptions)
    .set({ lastMessageAt: sql`now()` })
    .where(eq(subscriptions.id, id));
}

/** Seals the company's tokens with the current key; answers how many. One that no longer opens stays as it is. */
export async function rotateTokens(tx: Tx, ring: KeyRing): Promise<number> {
  const start = envelopeStart(ring);
  const stale = await tx
    .select()
    .from(subscriptions)
    .where(
      sql`not starts_with(coalesce(${subscriptions.token}, ${subscriptions.pendingToken}, ${start}), ${start})`,
    )
    .for("update");
  let rotated = 0;
  for (const { id, companyId, token, pendingToken } of stale) {
    const anew = (column: Column, envelope: string | null) =>
      envelope && resealed(ring, place({ id, companyId }, column), envelope);
    const sealed = {
      token: anew("token", token),
      pendingToken: anew("pending_token", pendingToken),
    };
    await tx.update(subscriptions).set(sealed).where(eq(subscriptions.id, id));
    if (sealed.token !== token || sealed.pendingToken !== pendingToken) rotated += 1;
  }
  return rotated;
}

function resealed(ring: KeyRing, at: Place, envelope: string): string {
  try {
    return seal(ring, at, unseal(ring, at, envelope));
  } catch (error) {
    if (error instanceof SecretUnreadable) return envelope;
    throw error;
  }
}

type Column = "token" | "pending_token";

const place = (of: Ref, column: Column): Place => ({
  table: "subscriptions",
  column,
  companyId: of.companyId,
  rowId: of.id,
});

/**
 * The company's connections that a signal may concern, in id order: those whose settings name one of
 * `ids`, or every one where the signal does not say (null).
 */
export async function connectionsNaming(
  tx: Tx,
  of: { provider: string; ids: readonly string[] | null },
): Promise<string[]> {
  const plain = (name: string) => sql`lower(replace(settings->>${name}, '-', ''))`;
  const wanted = of.ids?.map((id) => id.replaceAll("-", "").toLowerCase());
  const named =
    wanted &&
    sql`and array[${plain("calendarId")}, ${plain("databaseId")}] && ${sql.param(wanted)}::text[]`;
  const found = await rows<{ id: string }>(
    tx,
    sql`select id from connections where provider = ${of.provider} and disconnected_at is null and enabled
          and grant_state = 'ok' ${named ?? sql``} order by id`,
  );
  return found.map(({ id }) => id);
}
