import { isDeepStrictEqual } from "node:util";
import { readCalendar } from "../db/calendars.ts";
import type { Connection } from "../db/connections.ts";
import { settingsFor } from "./connection-settings.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";
import { prepared, storedGrant } from "./remote.ts";

type Settings = Record<string, string>;

/**
 * The settings of a connection after what a person says of them now, looked up at the provider once there
 * is a grant; null where nothing changes. Calls the provider: no transaction is open. @throws Problem
 */
export async function chosenAnew(
  deps: Deps,
  connection: Connection,
  said: Parameters<typeof settingsFor>[2],
  gone: AbortSignal,
): Promise<Settings | null> {
  const settings = wanted(deps, connection, said);
  if (!settings || connection.grantState === "pending") return settings;
  const { provider, companyId, calendarId } = connection;
  const calendar = await deps.database.withCompany(companyId, async (tx) =>
    calendarId === null ? null : readCalendar(tx, calendarId),
  );
  const place = { provider, settings, zone: calendar?.zone ?? "UTC" };
  const found = await prepared(deps, place, storedGrant(deps, connection), gone);
  return isDeepStrictEqual(found, connection.settings) ? null : found;
}

/** The calendar is chosen once, since all links point into it; until consent nothing has come of it. */
function wanted(
  deps: Deps,
  { provider, grantState, settings: known }: Connection,
  said: Parameters<typeof settingsFor>[2],
): Settings | null {
  const settings = settingsFor(deps, provider, said, known);
  if (!settings) return null;
  const { calendarId, databaseId } = known;
  if (
    calendarId !== undefined &&
    grantState !== "pending" &&
    settings["calendarId"] !== calendarId
  ) {
    if (settings["calendarId"] !== databaseId)
      throw new Problem(
        "conflict",
        "The remote calendar was chosen already: disconnect, and make a new connection for another one.",
      );
    settings["calendarId"] = calendarId;
  }
  return isDeepStrictEqual(settings, known) ? null : settings;
}

/** @throws Problem when somebody has chosen or consented while the provider was asked */
export function refuseMoved(seen: Connection, now: Connection): void {
  const isSame = (seen.grantState === "pending") === (now.grantState === "pending");
  if (isSame && isDeepStrictEqual(seen.settings, now.settings)) return;
  throw new Problem(
    "conflict",
    "The connection has changed meanwhile: read it, and send this again.",
  );
}
