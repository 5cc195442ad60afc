import { randomUUID } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import { bookingsProvider, type BookingPlace } from "./bookings.ts";
import { rows, type Tx } from "./client.ts";
import { lockChoice } from "./connections.ts";
import { takeOverLinks } from "./hub.ts";
import { connections } from "./schema/connections.ts";

/**
 * The connection through which a calendar's rules make its bookings: one per calendar, made when it is
 * first needed. One that was disconnected is gone on from, with what had been made and cancelled.
 */
export async function bookingsConnection(tx: Tx, place: BookingPlace): Promise<string> {
  const { companyId, calendarId } = place;
  await lockChoice(tx, `bookings ${calendarId}`);
  const [found] = await tx
    .select({ id: connections.id })
    .from(connections)
    .where(
      and(
        eq(connections.calendarId, calendarId),
        eq(connections.provider, bookingsProvider),
        isNull(connections.disconnectedAt),
      ),
    );
  if (found) return found.id;
  const id = randomUUID();
  await tx.insert(connections).values({
    id,
    companyId,
    calendarId,
    provider: bookingsProvider,
    settings: { companyId, calendarId },
    direction: "in",
    policy: "owner",
    // Nobody has to give consent to what the company itself decides.
    grantState: "ok",
    watchable: false,
  });
  await takeOverLinks(tx, id);
  return id;
}

/** The calendars of a company that have rules, or bookings made by rules. */
export async function calendarsWithBookings(tx: Tx): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    sql`select calendar_id as id from booking_rules union
        select calendar_id from connections where provider = ${bookingsProvider} and disconnected_at is null order by 1`,
  );
  return found.map(({ id }) => id);
}
