import type { KeyHolder } from "../db/api-keys.ts";
import { bookingsConnection, calendarsWithBookings } from "../db/booking-connections.ts";
import type { Tx } from "../db/client.ts";
import type { Deps } from "./deps.ts";

/** Rings for what a calendar's rules have become. Answers what is due once the transaction is committed. */
export async function ringBookings(
  deps: Deps,
  tx: Tx,
  calendarId: string,
  { companyId, name }: KeyHolder,
): Promise<() => void> {
  const connectionId = await bookingsConnection(tx, { companyId, calendarId });
  const of = { companyId, connectionId };
  const { signal } = await deps.frontDoor.ringIn(tx, { ...of, trigger: "api", by: name });
  return () => {
    if (signal) deps.frontDoor.signal(of);
  };
}

/** The same for all calendars: a holiday is everybody's. */
export async function ringAllBookings(deps: Deps, tx: Tx, caller: KeyHolder): Promise<() => void> {
  const due: (() => void)[] = [];
  for (const calendarId of await calendarsWithBookings(tx))
    due.push(await ringBookings(deps, tx, calendarId, caller));
  return () => {
    for (const signal of due) signal();
  };
}
