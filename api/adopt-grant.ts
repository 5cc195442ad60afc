import { isDeepStrictEqual } from "node:util";
import type { Grant } from "../connectors/connector.ts";
import { readCalendar } from "../db/calendars.ts";
import type { Tx } from "../db/client.ts";
import { changeConnection, type Connection, readConnection } from "../db/connections.ts";
import { markReconnected, storeGrant } from "../db/grants.ts";
import { noteFailure } from "../db/health.ts";
import { chooseInTurn, refuseTwin, setToWork } from "./connection-choice.ts";
import { isUnchosen } from "./connection-state.ts";
import type { Deps } from "./deps.ts";
import { toProblem } from "./failures.ts";
import { Problem } from "./problems.ts";
import { collectionsOf, freshGrant, prepared } from "./remote.ts";

/**
 * Who has consented: whom the grant names, or else the account of the primary calendar.
 * @throws Problem where that is another one than before, or one that cannot reach what is connected
 */
export async function accountOf(
  deps: Deps,
  connection: Connection,
  grant: Grant,
  gone: AbortSignal,
): Promise<string | null> {
  if (grant.account !== undefined) {
    refuseSwap(connection, grant.account);
    return grant.account;
  }
  const collections = await collectionsOf(deps, connection, freshGrant(grant), gone);
  const account = collections.find((collection) => collection.primary)?.id ?? null;
  refuseSwap(connection, account);
  const chosen = connection.settings["calendarId"];
  if (chosen !== undefined && chosen !== "primary" && !collections.some(({ id }) => id === chosen))
    throw consentFailed(
      "This account cannot reach the calendar that is connected. Sign in with one that can, or make a new connection.",
    );
  return account;
}

/** Connecting again must be the same account: another one would look like everything being deleted. */
function refuseSwap(connection: Connection, account: string | null): void {
  if (connection.account === null || account === null || connection.account === account) return;
  throw consentFailed(
    "This is another account than the one that was connected. Sign in with that one, or make a new connection.",
  );
}

interface Consented {
  grant: Grant;
  account: string | null;
  by: string;
}

const tries = 5;

/** Stores grant, account and settings together, or nothing of them. @throws Problem */
export async function adopt(
  deps: Deps,
  connection: Connection,
  consented: Consented,
  gone: AbortSignal,
): Promise<Connection> {
  const { companyId, id } = connection;
  for (let attempt = 0; attempt < tries; attempt++) {
    const seen = await deps.database.withCompany(companyId, (tx) => readConnection(tx, id));
    if (!seen || seen.disconnectedAt) break;
    const settings = await settingsOnceConsented(deps, seen, consented.grant, gone);
    const done = await deps.database.withCompany(companyId, (tx) =>
      store(deps, tx, { seen, settings, consented }),
    );
    if (done === null) continue;
    done.signal();
    return done.after;
  }
  throw consentFailed("The connection was disconnected or changed meanwhile. Connect again.");
}

/** What was said before anybody could look it up is looked up now. @throws Problem, noted on the connection */
async function settingsOnceConsented(
  deps: Deps,
  connection: Connection,
  grant: Grant,
  gone: AbortSignal,
): Promise<Record<string, string>> {
  const { provider, companyId, id, calendarId, settings } = connection;
  if (connection.grantState !== "pending" || isUnchosen(connection)) return settings;
  const calendar = await deps.database.withCompany(companyId, async (tx) =>
    calendarId === null ? null : readCalendar(tx, calendarId),
  );
  const place = { provider, settings, zone: calendar?.zone ?? "UTC" };
  try {
    return await prepared(deps, place, freshGrant(grant), gone);
  } catch (error) {
    const { status, message } = toProblem(error);
    const code = "misconfigured";
    if (status === 422)
      await deps.database.withCompany(companyId, (tx) =>
        noteFailure(tx, id, { code, message, retryInMs: 0 }),
      );
    throw error;
  }
}

/** Null where the connection is no longer as it was seen, or another consent was quicker. */
async function store(
  deps: Deps,
  tx: Tx,
  {
    seen,
    settings,
    consented,
  }: { seen: Connection; settings: Record<string, string>; consented: Consented },
): Promise<{ after: Connection; signal: () => void } | null> {
  const { id } = seen;
  await chooseInTurn(tx, seen);
  const before = await readConnection(tx, id);
  if (!before || !isDeepStrictEqual(before.settings, seen.settings)) return null;
  const { grant, account, by } = consented;
  if (!(await storeGrant(tx, deps.keyRing, id, grant, seen.credentialVersion))) return null;
  await markReconnected(tx, id, account);
  const after = await changeConnection(tx, id, { settings });
  if (!after) return null;
  // A calendar that was chosen before may turn out to be one that is connected already.
  if (!isUnchosen(after)) await refuseTwin(tx, { ...after, exceptId: id });
  const isNews = seen.credentialVersion === 0;
  return { after, signal: await setToWork(deps, tx, after, { name: by }, isNews) };
}

export const consentFailed = (detail: string): Problem => new Problem("consent_failed", detail);
