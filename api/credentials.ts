import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Grant, Settings } from "../connectors/connector.ts";
import type { RecordsConnector } from "../connectors/records.ts";
import type { Tx } from "../db/client.ts";
import { type Connection, readConnection } from "../db/connections.ts";
import { markReconnected, storeGrant } from "../db/grants.ts";
import { livingConnection } from "./connection-actions.ts";
import { chooseInTurn, setToWork } from "./connection-choice.ts";
import { connectionShape } from "./connection-shape.ts";
import { describe } from "./describe.ts";
import { isUnchosen } from "./connection-state.ts";
import type { Deps } from "./deps.ts";
import { complete, type Entered, enteredShape, entryOf, refused, trade } from "./entered.ts";
import { notFound, Problem } from "./problems.ts";
import { check, deadline, lookedUp } from "./record-settings.ts";
import { freshGrant } from "./remote.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";

const body = z.strictObject({ entered: enteredShape }).meta({ id: "NewCredentials" });
const pointer = "/entered";

export const credentialRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/connections/:id/credentials",
    role: "admin",
    tag: "connections",
    summary: "Replaces what was entered, as when a token has ended",
    description:
      "It is traded at the provider before anything is stored, and has to reach what is connected. The connection syncs at once.",
    body,
    refuses: [409, 422, 503],
    answers: { 200: { description: "The connection", schema: connectionShape } },
    handle: replace,
  }),
];

async function replace(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, z.output<typeof body>>,
): Promise<Answer> {
  const { companyId } = call.caller;
  const connection = await livingConnection(deps, call, String(call.params["id"]));
  const connector = deps.registry.get(connection.provider);
  const entry = entryOf(connector);
  const connectorOfRecords = deps.registry.records(connection.provider);
  const entered = complete(entry, call.body.entered, pointer);
  const grant = await trade(deps, entry, entered, { pointer, gone: call.gone });
  await refuseOther(deps, connectorOfRecords, { connection, entered, grant }, call.gone);
  const after = await deps.database.withCompany(companyId, (tx) =>
    store(deps, tx, { seen: connection, grant, by: call.caller.name }),
  );
  after();
  return deps.database.withCompany(companyId, async (tx) => {
    const now = await readConnection(tx, connection.id);
    const [answer] = now ? await describe(deps, tx, [now]) : [];
    if (!answer) throw notFound();
    return ok(answer);
  });
}

/** Of another shop or company everything that is kept here would look deleted. @throws Problem */
async function refuseOther(
  deps: Deps,
  connector: RecordsConnector,
  { connection, entered, grant }: { connection: Connection; entered: Entered; grant: Grant },
  gone: AbortSignal,
): Promise<void> {
  if (isUnchosen(connection)) return;
  const settings = check(connector, { ...connection.settings, ...entered, entered });
  if (!isSame(settings, connection.settings)) throw another();
  try {
    const grants = freshGrant(grant);
    const signal = deadline(deps, gone);
    const found = await lookedUp(deps, connector, connection.settings, { grants, signal });
    if (!isSame(found, connection.settings)) throw another();
  } catch (error) {
    throw refused(error, entryOf(connector), pointer);
  }
}

const isSame = (a: Settings, b: Settings): boolean => isDeepStrictEqual(folded(a), folded(b));

const folded = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.toLowerCase()]));

const another = () =>
  new Problem(
    "conflict",
    "These credentials are of another shop or company than the one that is connected. Enter that one's, or make a new connection.",
  );

/** @throws Problem when it was disconnected, or its credentials were replaced meanwhile */
async function store(
  deps: Deps,
  tx: Tx,
  { seen, grant, by }: { seen: Connection; grant: Grant; by: string },
): Promise<() => void> {
  await chooseInTurn(tx, seen);
  if (!(await storeGrant(tx, deps.keyRing, seen.id, grant, await versionOf(tx, seen))))
    throw new Problem("conflict", "The connection has changed meanwhile: send this again.");
  await markReconnected(tx, seen.id, grant.account ?? null);
  const after = await readConnection(tx, seen.id);
  if (!after || !isDeepStrictEqual(after.settings, seen.settings))
    throw new Problem("conflict", "The connection has changed meanwhile: send this again.");
  return setToWork(deps, tx, after, { name: by }, false);
}

/** A renewal that was quicker has renewed what is replaced now: the person's word is the newer one. */
async function versionOf(tx: Tx, { id, credentialVersion }: Connection): Promise<number> {
  return (await readConnection(tx, id))?.credentialVersion ?? credentialVersion;
}
