import { randomUUID } from "node:crypto";
import type { Grant, Settings } from "../connectors/connector.ts";
import type { RecordsConnector } from "../connectors/records.ts";
import type { Tx } from "../db/client.ts";
import { changeConnection, type Connection, createConnection } from "../db/connections.ts";
import { storeGrant } from "../db/grants.ts";
import { createSchedule, listSchedules, type Schedule, usualZone } from "../db/schedules.ts";
import type { Cadence } from "./cadence.ts";
import type { ConnectCall, NewConnection } from "./connect.ts";
import { refuseTwin, setToWork } from "./connection-choice.ts";
import { describe } from "./describe.ts";
import type { Deps } from "./deps.ts";
import { complete, type Entered, entryOf, trade } from "./entered.ts";
import { notFound, wrong } from "./problems.ts";
import { settingsOf } from "./record-settings.ts";
import { type Answer, made } from "./route.ts";
import { tell } from "./schedule-shape.ts";

const year = 365 * 24 * 60 * 60_000;

/** Connects business data with what a person enters. Nothing is stored before the provider has taken it. */
export async function connectRecords(
  deps: Deps,
  call: ConnectCall,
  connector: RecordsConnector,
): Promise<Answer> {
  refuseOfCalendars(call.body);
  const entry = entryOf(connector);
  const { given, pointer } = enteredIn(call.body);
  const entered = complete(entry, given, pointer);
  const grant = await trade(deps, entry, entered, { pointer, gone: call.gone });
  const asked = { said: call.body.settings ?? {}, entered, grant, pointer };
  const settings = await settingsOf(deps, connector, asked, call.gone);
  const { companyId } = call.caller;
  const stored = await deps.database.withCompany(companyId, (tx) =>
    store(deps, tx, call, { connector, grant, settings }),
  );
  stored.after();
  if (stored.schedule) await tell(deps, stored.schedule);
  const [answer] = await deps.database.withCompany(companyId, (tx) =>
    describe(deps, tx, [stored.connection]),
  );
  return made({ ...answer, consentUrl: null }, `/api/connections/${stored.connection.id}`);
}

const ofCalendars = [
  "calendarId",
  "remoteCalendarId",
  "properties",
  "addKeyProperty",
  "direction",
  "policy",
  "firstSync",
  "pollIntervalMs",
] as const;

/** @throws Problem pointing at what only a calendar's connection has */
export function refuseOfCalendars(given: Partial<Record<(typeof ofCalendars)[number], unknown>>) {
  for (const name of ofCalendars)
    if (given[name] !== undefined)
      throw wrong(`/${name}`, "is for calendars: business data is read, and by its schedules");
}

/** As its own field, or inside `credentials`. */
function enteredIn({ entered, credentials }: NewConnection): { given: Entered; pointer: string } {
  if (entered && credentials) throw wrong("/credentials", "says the same as entered: send one");
  if (entered) return { given: entered, pointer: "/entered" };
  if (!credentials) throw wrong("/entered", "is required");
  const { expiresAt, ...given } = credentials;
  if (expiresAt != null) throw wrong("/credentials/expiresAt", "is not known here");
  const named = Object.entries(given).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return { given: Object.fromEntries(named), pointer: "/credentials" };
}

async function store(
  deps: Deps,
  tx: Tx,
  call: ConnectCall,
  { connector, grant, settings }: { connector: RecordsConnector; grant: Grant; settings: Settings },
): Promise<{ connection: Connection; schedule: Schedule | null; after: () => void }> {
  const { companyId } = call.caller;
  const { provider } = connector;
  const identity = { id: call.newId, companyId, provider };
  const account = grant.account ?? null;
  if (Object.keys(settings).length > 0)
    await refuseTwin(tx, { ...identity, settings, account, exceptId: call.newId });
  await createConnection(tx, { ...identity, calendarId: null, settings, direction: "in" });
  await storeGrant(tx, deps.keyRing, call.newId, grant, 0);
  const connection = await changeConnection(tx, call.newId, {
    ...(account !== null && { account }),
    // Its schedules say when it is read; a poll is due only after a failure, which brings it forward.
    nextPollAt: new Date(deps.now() + year),
  });
  if (!connection) throw notFound();
  return {
    connection,
    schedule: await firstSchedule(tx, connection, connector, call.body.schedule),
    after: await setToWork(deps, tx, connection, call.caller, false),
  };
}

/** A repeated request finds the one that it has made already. */
async function firstSchedule(
  tx: Tx,
  { id: connectionId, companyId }: Connection,
  { usualEveryHours }: RecordsConnector,
  said: NewConnection["schedule"],
): Promise<Schedule | null> {
  if (said === null) return null;
  const [there] = await listSchedules(tx, { connectionId, limit: 1 });
  if (there) return there;
  return createSchedule(tx, {
    id: randomUUID(),
    companyId,
    connectionId,
    cadence: said?.cadence ?? usualCadence(usualEveryHours),
    zone: said?.zone ?? (await usualZone(tx)),
  });
}

/** Daily at night, when nobody sells or plans; more often than that around the clock. */
function usualCadence(everyHours: number): Cadence {
  return everyHours === 24 ? { dailyAt: ["03:00"] } : { everyHours };
}
