import { sql } from "drizzle-orm";
import type { Window } from "../sync/recurrence.ts";
import { rows, type Tx } from "./client.ts";
import { lockChoice } from "./connections.ts";

/** Longer than taking a seat lasts, also behind many others; who waits that long is told to try again. */
const longestWait = "4s";

/** Seats of one calendar are given one after the other: what was free when it was looked at still is. */
export async function lockSeats(tx: Tx, calendarId: string): Promise<void> {
  await tx.execute(sql`select set_config('lock_timeout', ${longestWait}, true)`);
  await lockChoice(tx, `seats ${calendarId}`);
}

/** A seat that a customer has, and from when to when, in ms. */
export interface TakenSeat {
  seat: number;
  from: number;
  to: number;
}

/** Seats of a rule that are taken at some time of the window, but for those of one booking. */
export function takenSeats(
  tx: Tx,
  ruleId: string,
  window: Window,
  besides: string | null,
): Promise<TakenSeat[]> {
  const [from, to] = [new Date(window.from).toISOString(), new Date(window.to).toISOString()];
  return rows(
    tx,
    sql`select seat, (extract(epoch from starts_at) * 1000)::float8 as from, (extract(epoch from ends_at) * 1000)::float8 as to
        from bookings where rule_id = ${ruleId} and state = 'booked' and id is distinct from ${besides}::uuid
          and starts_at < ${to}::timestamptz and ends_at > ${from}::timestamptz`,
  );
}

/** Which events of customers leave the slot that they are in to its rule. */
export type Leaving =
  /** While a seat is free there: the rule's own booking is the offer, and stays until the last is taken. */
  | "open"
  /** All of them, for whoever counts the seats by himself. */
  | "all";

/**
 * Events that are customers' bookings, by id, with the rule whose slot they are in. They take their time
 * from everything but that rule. In a full slot they are as any other event, and a rule that gives way
 * takes its own booking away until a seat is free again.
 */
export async function seatedEvents(
  tx: Tx,
  calendarId: string,
  since: number,
  leaving: Leaving,
): Promise<Map<string, string>> {
  const found = await rows<{ eventId: string; ruleId: string }>(
    tx,
    sql`select b.event_id as "eventId", b.rule_id as "ruleId" from bookings b join booking_rules r on r.id = b.rule_id
        where b.calendar_id = ${calendarId} and b.state = 'booked' and b.event_id is not null
          and b.ends_at > ${new Date(since).toISOString()}::timestamptz
          and (${leaving} = 'all' or r.capacity > (select count(distinct o.seat) from bookings o
            where o.rule_id = b.rule_id and o.state = 'booked'
              and tstzrange(o.starts_at, o.ends_at) && tstzrange(b.starts_at, b.ends_at)))`,
  );
  return new Map(found.map(({ eventId, ruleId }) => [eventId, ruleId]));
}
