import type { Connection } from "../db/connections.ts";
import { livingConnection } from "./connection-actions.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";
import type { Call } from "./route.ts";

/** Whether a connection is to business data rather than to a calendar. */
export function hasRecords(
  { registry }: Deps,
  { provider }: Pick<Connection, "provider">,
): boolean {
  return registry.get(provider).kind === "records";
}

/** @throws Problem for a connection to business data: it has no calendar, and nothing is ever written there */
function refuseRecords(deps: Deps, connection: Connection): void {
  if (!hasRecords(deps, connection)) return;
  throw new Problem(
    "calendar_only",
    `This is a connection to ${connection.provider}, which has records and no calendar.`,
  );
}

/** A living connection of the caller's company that syncs a calendar. @throws Problem */
export async function calendarConnection(
  deps: Deps,
  call: Pick<Call<unknown, unknown, unknown>, "caller">,
  id: string,
): Promise<Connection> {
  const connection = await livingConnection(deps, call, id);
  refuseRecords(deps, connection);
  return connection;
}
