import { bookingsProvider } from "../db/bookings.ts";
import type { Connection } from "../db/connections.ts";
import { wrong } from "./problems.ts";

/**
 * Bookings by rule come in and are their rules' own: nobody else could be asked about them.
 * @throws Problem for anything else
 */
export function refuseOtherwise(
  { provider }: Pick<Connection, "provider">,
  { direction, policy }: { direction?: string | undefined; policy?: string | undefined },
): void {
  if (provider !== bookingsProvider) return;
  if (direction !== undefined && direction !== "in")
    throw wrong("/direction", "is `in` for bookings by rule: nothing is sent to a rule");
  if (policy !== undefined && policy !== "owner")
    throw wrong("/policy", "is `owner` for bookings by rule: a rule owns what it makes");
}
