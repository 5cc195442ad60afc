import { isDeepStrictEqual } from "node:util";
import type { Connection } from "../db/connections.ts";
import { refuseOfCalendars } from "./connect-records.ts";
import { isUnchosen } from "./connection-state.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";
import { check, deadline, lookedUp } from "./record-settings.ts";
import { storedGrant } from "./remote.ts";

type Said = Parameters<typeof refuseOfCalendars>[0] & {
  settings?: Record<string, string> | undefined;
};

/**
 * The settings of a connection to business data after what a person says of them now, looked up at the
 * provider; null where nothing changes. Calls the provider: no transaction is open. @throws Problem
 */
export async function recordsChosenAnew(
  deps: Deps,
  connection: Connection,
  said: Said,
  gone: AbortSignal,
): Promise<Record<string, string> | null> {
  refuseOfCalendars(said);
  if (said.settings === undefined) return null;
  const { provider, settings: known, grantState } = connection;
  const connector = deps.registry.records(provider);
  const wanted = check(connector, { ...known, ...said.settings });
  if (isDeepStrictEqual(wanted, known)) return null;
  if (!isUnchosen(connection))
    throw new Problem(
      "conflict",
      "What is read was chosen already: disconnect, and make a new connection for another one.",
    );
  if (grantState !== "ok")
    throw new Problem("not_connected", "Enter the credentials anew first: they have ended.");
  const grants = storedGrant(deps, connection);
  return { ...(await lookedUp(deps, connector, wanted, { grants, signal: deadline(deps, gone) })) };
}
