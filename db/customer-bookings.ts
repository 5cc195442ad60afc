import { and, asc, eq, getTableColumns, gt, lt, sql } from "drizzle-orm";
import type { EventTime } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";
import { bookings } from "./schema/customer-bookings.ts";
import { events } from "./schema/events.ts";

type Row = typeof bookings.$inferSelect;
type NewRow = typeof bookings.$inferInsert;

/** A customer's booking, never with what its secret hashes to. */
export type Booking = Omit<Row, "tokenHash"> & {
  /** Where its event lies now: a person may have moved it by hand. Null once it is gone. */
  lies: { start: EventTime; end: EventTime } | null;
};

const { tokenHash: _, ...columns } = getTableColumns(bookings);

const shown = {
  ...columns,
  lies: sql<
    Booking["lies"]
  >`case when ${events.deletedAt} is null and ${events.id} is not null then jsonb_build_object(
    'start', event_time(${events.allDay}, ${events.startAt}, ${events.startZone}, ${events.startFold}),
    'end', event_time(${events.allDay}, ${events.endAt}, ${events.endZone}, ${events.endFold})) end`,
};

const selected = (tx: Tx) =>
  tx.select(shown).from(bookings).leftJoin(events, eq(events.id, bookings.eventId));

/** Looks across companies: the secret itself says whose it is. */
export async function findBooking(
  tx: Tx,
  hash: Buffer,
): Promise<{ id: string; companyId: string } | null> {
  const [found] = await rows<{ id: string; companyId: string }>(
    tx,
    sql`select id, company_id as "companyId" from find_booking(${hash})`,
  );
  return found ?? null;
}

export async function readBooking(tx: Tx, id: string): Promise<Booking | null> {
  const [found] = await selected(tx).where(eq(bookings.id, id));
  return found ?? null;
}

export async function mustRead(tx: Tx, id: string): Promise<Booking> {
  const found = await readBooking(tx, id);
  if (!found) throw new Error("a booking that was just there is gone");
  return found;
}

/** Locks a booking; whoever needs its event as well locks that first, as whoever deletes events does. */
export async function lockBooking(tx: Tx, id: string): Promise<Booking | null> {
  const [found] = await selected(tx).where(eq(bookings.id, id)).for("update", { of: bookings });
  return found ?? null;
}

export interface BookingFilter {
  ruleId?: string | undefined;
  calendarId?: string | undefined;
  state?: Row["state"] | undefined;
  email?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** By the start of their slots, for keyset pages. */
export function listBookings(
  tx: Tx,
  { ruleId, calendarId, state, email, from, to }: BookingFilter,
  page: { after: { place: string; id: string } | undefined; limit: number },
): Promise<Booking[]> {
  const { after } = page;
  return selected(tx)
    .where(
      and(
        ruleId === undefined ? undefined : eq(bookings.ruleId, ruleId),
        calendarId === undefined ? undefined : eq(bookings.calendarId, calendarId),
        state === undefined ? undefined : eq(bookings.state, state),
        email === undefined
          ? undefined
          : eq(sql`lower(${bookings.customerEmail})`, email.toLowerCase()),
        from && gt(bookings.endsAt, from),
        to && lt(bookings.startsAt, to),
        after &&
          sql`(${bookings.startsAt}, ${bookings.id}) > (${after.place}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(asc(bookings.startsAt), asc(bookings.id))
    .limit(page.limit);
}

export async function insertBooking(tx: Tx, row: NewRow): Promise<void> {
  await tx.insert(bookings).values(row);
}

/** Made again after its answer was lost: the secret that nobody has seen gives way to the new one. */
export async function renewToken(tx: Tx, id: string, tokenHash: Buffer): Promise<void> {
  await tx.update(bookings).set({ tokenHash }).where(eq(bookings.id, id));
}

type Change = Partial<
  Pick<
    NewRow,
    | "seat"
    | "startsAt"
    | "endsAt"
    | "startLocal"
    | "startFold"
    | "zone"
    | "customerName"
    | "customerEmail"
    | "note"
  >
>;

export async function changeBooking(tx: Tx, id: string, change: Change, by: string): Promise<void> {
  await tx
    .update(bookings)
    .set({ ...change, changedBy: by, changedAt: sql`now()`, version: sql`${bookings.version} + 1` })
    .where(eq(bookings.id, id));
}

export async function markCancelled(tx: Tx, id: string, by: string): Promise<void> {
  await tx
    .update(bookings)
    .set({
      state: "cancelled",
      cancelledBy: by,
      cancelledAt: sql`now()`,
      version: sql`${bookings.version} + 1`,
    })
    .where(eq(bookings.id, id));
}
