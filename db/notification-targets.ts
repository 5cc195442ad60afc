import { and, asc, eq, getTableColumns, gt, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { notificationTargets } from "./schema/notifications.ts";
import {
  envelopeStart,
  type KeyRing,
  type Place,
  seal,
  SecretUnreadable,
  unseal,
} from "./secrets.ts";
import type { QuietHours } from "../sync/quiet.ts";

type Row = typeof notificationTargets.$inferSelect;

/** A target without its secrets. */
export type NotificationTarget = Omit<Row, "address" | "secret" | "quietHours"> & {
  quietHours: QuietHours | null;
};

export type TargetChoice = Partial<
  Pick<
    NotificationTarget,
    "name" | "minSeverity" | "connectionId" | "detail" | "quietHours" | "enabled"
  >
>;

/** An address as it is kept. */
export interface Addressing {
  address: string;
  tail: string;
}

interface Ref {
  id: string;
  companyId: string;
}

const { address: _address, secret: _secret, ...plain } = getTableColumns(notificationTargets);
const typed = (row: Omit<Row, "address" | "secret">): NotificationTarget => ({
  ...row,
  quietHours: row.quietHours as QuietHours | null,
});

/** Made again with the same id, it takes the new secret: the first was never shown. */
export async function createTarget(
  tx: Tx,
  ring: KeyRing,
  made: Ref &
    Addressing &
    TargetChoice & { kind: Row["kind"]; name: string; secret: string | null },
): Promise<NotificationTarget> {
  const sealed = sealAll(ring, made, made.address, made.secret);
  const [row] = await tx
    .insert(notificationTargets)
    .values({ ...made, ...sealed })
    .onConflictDoUpdate({ target: notificationTargets.id, set: sealed })
    .returning(plain);
  if (!row) throw new Error("the target was not made");
  return typed(row);
}

export async function readTarget(tx: Tx, id: string): Promise<NotificationTarget | null> {
  const [row] = await tx
    .select(plain)
    .from(notificationTargets)
    .where(eq(notificationTargets.id, id));
  return row ? typed(row) : null;
}

export async function listTargets(
  tx: Tx,
  page: { after: string | undefined; limit: number },
): Promise<NotificationTarget[]> {
  const found = await tx
    .select(plain)
    .from(notificationTargets)
    .where(page.after === undefined ? undefined : gt(notificationTargets.id, page.after))
    .orderBy(asc(notificationTargets.id))
    .limit(page.limit);
  return found.map(typed);
}

/** Switched on, or sent elsewhere, it starts afresh: what was wrong with it is forgotten. */
export async function changeTarget(
  tx: Tx,
  ring: KeyRing,
  of: Ref,
  change: TargetChoice & Partial<Addressing> & { snoozedUntil?: Date | null },
): Promise<NotificationTarget | null> {
  const { address, ...others } = change;
  const isAfresh = address !== undefined || change.enabled === true;
  const [row] = await tx
    .update(notificationTargets)
    .set({
      ...others,
      id: of.id,
      ...(address !== undefined && { address: seal(ring, place(of, "address"), address) }),
      ...(change.enabled === false && { disabledReason: "switched off by a person" }),
      ...(isAfresh && { waitUntil: null, failures: 0, lastError: null }),
      ...(change.enabled === true && { disabledReason: null }),
    })
    .where(eq(notificationTargets.id, of.id))
    .returning(plain);
  return row ? typed(row) : null;
}

/** What was on its way to it goes with it. */
export async function deleteTarget(tx: Tx, id: string): Promise<boolean> {
  const gone = await tx
    .delete(notificationTargets)
    .where(eq(notificationTargets.id, id))
    .returning({ id: notificationTargets.id });
  return gone.length > 0;
}

/** Where to send, and the secret to sign with. @throws SecretUnreadable */
export async function openTarget(
  tx: Tx,
  ring: KeyRing,
  of: Ref,
): Promise<{
  kind: Row["kind"];
  address: string;
  secret: string | null;
  detail: Row["detail"];
} | null> {
  const [row] = await tx
    .select()
    .from(notificationTargets)
    .where(eq(notificationTargets.id, of.id));
  if (!row) return null;
  const { kind, detail } = row;
  const address = unseal(ring, place(of, "address"), row.address);
  const secret = row.secret === null ? null : unseal(ring, place(of, "secret"), row.secret);
  return { kind, detail, address, secret };
}

/** A new secret to sign with. False where there is no such target. */
export async function sealSecret(tx: Tx, ring: KeyRing, of: Ref, secret: string): Promise<boolean> {
  const changed = await tx
    .update(notificationTargets)
    .set({ secret: seal(ring, place(of, "secret"), secret) })
    .where(and(eq(notificationTargets.id, of.id), eq(notificationTargets.kind, "webhook")))
    .returning({ id: notificationTargets.id });
  return changed.length > 0;
}

/** Nothing is sent to it any more. False where that was so already. */
export async function disableTarget(tx: Tx, id: string, reason: string): Promise<boolean> {
  const changed = await rows(
    tx,
    sql`update notification_targets set enabled = false, disabled_reason = ${reason}, last_error = ${reason}
        where id = ${id} and enabled returning 1`,
  );
  return changed.length > 0;
}

/** Seals what is kept with the current key; answers how many. What no longer opens stays as it is. */
export async function rotateTargets(tx: Tx, ring: KeyRing): Promise<number> {
  const start = envelopeStart(ring);
  const stale = await tx
    .select()
    .from(notificationTargets)
    .where(
      sql`not starts_with(${notificationTargets.address}, ${start})
        or not starts_with(coalesce(${notificationTargets.secret}, ${start}), ${start})`,
    )
    .for("update");
  let rotated = 0;
  for (const { id, companyId, ...held } of stale) {
    const of = { id, companyId };
    try {
      const address = unseal(ring, place(of, "address"), held.address);
      const secret = held.secret === null ? null : unseal(ring, place(of, "secret"), held.secret);
      await tx
        .update(notificationTargets)
        .set(sealAll(ring, of, address, secret))
        .where(eq(notificationTargets.id, id));
      rotated += 1;
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
    }
  }
  return rotated;
}

function sealAll(ring: KeyRing, of: Ref, address: string, secret: string | null) {
  return {
    address: seal(ring, place(of, "address"), address),
    secret: secret === null ? null : seal(ring, place(of, "secret"), secret),
  };
}

const place = ({ id, companyId }: Ref, column: "address" | "secret"): Place => ({
  table: "notification_targets",
  column,
  companyId,
  rowId: id,
});
