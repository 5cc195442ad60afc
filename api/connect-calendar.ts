import type { Grant } from "../connectors/connector.ts";
import { readCalendar } from "../db/calendars.ts";
import { createConnection, readConnection } from "../db/connections.ts";
import { storeGrant } from "../db/grants.ts";
import type { ConnectCall, NewConnection } from "./connect.ts";
import { refuseTwin, setToWork } from "./connection-choice.ts";
import { settingsFor } from "./connection-settings.ts";
import { describe } from "./describe.ts";
import { askConsent, consentOf } from "./consent.ts";
import type { Deps } from "./deps.ts";
import { notFound, wrong } from "./problems.ts";
import { freshGrant, prepared } from "./remote.ts";
import { type Answer, made } from "./route.ts";

/** Connects a calendar of ours with a provider's. @throws Problem */
export async function connectCalendar(deps: Deps, call: ConnectCall): Promise<Answer> {
  const { companyId } = call.caller;
  const given = call.body;
  refuseOfRecords(given);
  const { calendarId, provider } = given;
  if (calendarId === undefined) throw wrong("/calendarId", "is required");
  const grant = given.credentials ? grantOf(given.credentials) : null;
  if (!grant) consentOf(deps, provider);
  const settings = await settingsOf(deps, call, { calendarId, grant });
  const { connection, after } = await deps.database.withCompany(companyId, async (tx) => {
    const identity = { id: call.newId, companyId, provider };
    if (settings)
      await refuseTwin(tx, { ...identity, settings, account: null, exceptId: call.newId });
    const { pollIntervalMs } = given;
    await createConnection(tx, {
      ...identity,
      calendarId,
      settings: settings ?? {},
      direction: given.direction ?? "both",
      policy: given.policy ?? "newest",
      firstSync: given.firstSync ?? "run",
      ...(pollIntervalMs !== undefined && { pollIntervalMs }),
    });
    if (grant) await storeGrant(tx, deps.keyRing, call.newId, grant, 0);
    const found = await readConnection(tx, call.newId);
    if (!found) throw notFound();
    return { connection: found, after: await setToWork(deps, tx, found, call.caller, true) };
  });
  after();
  const consentUrl = grant ? null : await askConsent(deps, call.caller, connection);
  const [answer] = await deps.database.withCompany(companyId, (tx) =>
    describe(deps, tx, [connection]),
  );
  return made({ ...answer, consentUrl }, `/api/connections/${connection.id}`);
}

function refuseOfRecords(given: NewConnection): void {
  for (const name of ["entered", "settings", "schedule"] as const)
    if (given[name] !== undefined) throw wrong(`/${name}`, "is for business data, not a calendar");
}

function grantOf(given: NonNullable<NewConnection["credentials"]>): Grant {
  const { accessToken, refreshToken, expiresAt, ...others } = given;
  if (accessToken === undefined) throw wrong("/credentials/accessToken", "is required");
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw wrong(`/credentials/${unknown}`, "is not known here");
  return {
    accessToken,
    expiresAt: expiresAt?.getTime() ?? null,
    ...(refreshToken !== undefined && { refreshToken }),
  };
}

/** Before consent they are kept as they were said, and are looked up after it. */
async function settingsOf(
  deps: Deps,
  call: ConnectCall,
  { calendarId, grant }: { calendarId: string; grant: Grant | null },
): Promise<Record<string, string> | null> {
  const { provider, remoteCalendarId, properties, addKeyProperty } = call.body;
  const wanted = { remoteCalendarId, properties, addKeyProperty };
  const settings = settingsFor(deps, provider, wanted);
  const calendar = await deps.database.withCompany(call.caller.companyId, (tx) =>
    readCalendar(tx, calendarId),
  );
  if (!calendar) throw wrong("/calendarId", "is not a calendar of this company");
  if (!settings || !grant) return settings;
  const { zone } = calendar;
  return prepared(deps, { provider, settings, zone }, freshGrant(grant), call.gone);
}
