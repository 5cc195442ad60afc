import { setTimeout as sleep } from "node:timers/promises";
import type { Collection, Grant, OpenConnection, Remote } from "../connectors/connector.ts";
import { CollectionMissing, Rejected, Unauthenticated, Unavailable } from "../connectors/errors.ts";
import type { RecordsRemote } from "../connectors/records.ts";
import { renewed } from "../connectors/renewal.ts";
import { bucketOf, takeUnits } from "../db/buckets.ts";
import type { Connection } from "../db/connections.ts";
import { readGrant, storeGrant } from "../db/grants.ts";
import { claimRenewal, releaseRenewal } from "../db/renewals.ts";
import type { EventItem } from "../sync/event.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";

const renewBeforeMs = 60_000;

/** Whose rights a look at the provider has. */
export type Grants = Pick<OpenConnection, "grant" | "renewed">;

/** The grant that is stored, renewed where it must be. */
export function storedGrant(deps: Deps, connection: Connection): Grants {
  return {
    grant: () =>
      currentGrant(
        deps,
        connection,
        ({ expiresAt }) => expiresAt === null || expiresAt - deps.now() > renewBeforeMs,
      ),
    renewed: (refused) =>
      currentGrant(deps, connection, (stored) => stored.accessToken !== refused),
  };
}

/** A grant that is not stored yet. */
export function freshGrant(fresh: Grant): Grants {
  return {
    grant: () => Promise.resolve(fresh),
    renewed: () => Promise.reject(new Unauthenticated("the new grant was refused")),
  };
}

interface Place {
  provider: string;
  settings: Record<string, string>;
}

/** What a person may choose from. @throws the errors of connectors/errors.ts */
export async function collectionsOf(
  deps: Deps,
  of: Place,
  grants: Grants,
  gone: AbortSignal,
): Promise<Collection[]> {
  return (await open(deps, of, grants).collections?.(deadline(deps, gone))) ?? [];
}

/**
 * Settings as they are to be stored: looked up at the provider, where the connector does so. Called
 * outside of any transaction. @throws Problem naming everything that does not fit
 */
export async function prepared(
  deps: Deps,
  { provider, settings, zone }: Place & { zone: string },
  grants: Grants,
  gone: AbortSignal,
): Promise<Record<string, string>> {
  const remote = open(deps, { provider, settings: { zone, ...settings } }, grants);
  if (!remote.prepare) return settings;
  try {
    return { ...(await remote.prepare(deadline(deps, gone))) };
  } catch (error) {
    if (error instanceof Rejected || error instanceof CollectionMissing)
      throw new Problem("misconfigured", error.message, { cause: error });
    throw error;
  }
}

/** A connection as it is stored, to be read as long as it takes: every call is metered as a sync's is. */
export function openMetered(deps: Deps, connection: Connection): Remote<EventItem> {
  const { companyId, provider, account, id, settings } = connection;
  const bucket = bucketOf(provider, account ?? id);
  const { quota } = deps.registry.calendar(provider);
  const take = (units: number) =>
    deps.database.withCompany(companyId, (tx) => takeUnits(tx, bucket, units, quota));
  const spend = async (units: number) => {
    for (let wait = await take(units); wait > 0; wait = await take(units)) await sleep(wait);
  };
  return deps.registry
    .calendar(provider)
    .open({ settings, ...storedGrant(deps, connection), spend, now: deps.now });
}

/** Whether the provider can bring back what was deleted, under its own id. Asks nothing of it. */
export function bringsBack(deps: Deps, { provider, settings }: Connection): boolean {
  const never = () => Promise.reject(new Unauthenticated("nothing is asked of the provider"));
  const remote = deps.registry
    .calendar(provider)
    .open({ settings, grant: never, renewed: never, spend: never, now: deps.now });
  return remote.write?.restore !== undefined;
}

function open(
  deps: Deps,
  { provider, settings }: Place,
  grants: Grants,
): Remote<EventItem> | RecordsRemote {
  const connector = deps.registry.get(provider);
  // A person's rare look: it does not wait behind the syncs' quota.
  const spend = () => Promise.resolve();
  const connection = { settings, ...grants, spend, now: deps.now };
  return connector.kind === "calendar" ? connector.open(connection) : connector.open(connection);
}

function deadline(deps: Deps, gone: AbortSignal): AbortSignal {
  return AbortSignal.any([gone, AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS)]);
}

/** The stored grant, renewed once when it is not `good`, by whoever holds the row's lease. */
async function currentGrant(
  deps: Deps,
  connection: Connection,
  good: (grant: Grant) => boolean,
): Promise<Grant> {
  const { companyId, id } = connection;
  const found = await deps.database.withCompany(companyId, async (tx) => {
    const stored = await readGrant(tx, deps.keyRing, id);
    const lease =
      stored !== null &&
      !good(stored.grant) &&
      (await claimRenewal(tx, id, stored.version, deps.config.PROVIDER_TIMEOUT_MS + 2_000));
    return stored && { ...stored, lease };
  });
  if (!found) throw new Unauthenticated("the connection has no grant");
  if (good(found.grant)) return found.grant;
  if (!found.lease) throw new Unavailable("the grant is being renewed", { retryAfterMs: 1_000 });
  return renew(deps, connection, found);
}

async function renew(
  deps: Deps,
  connection: Connection,
  stored: { grant: Grant; version: number },
): Promise<Grant> {
  const { companyId, id, provider } = connection;
  const deadline = AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS);
  try {
    const fresh = await renewed(deps.registry.get(provider), stored.grant, deadline);
    await deps.database.withCompany(companyId, (tx) =>
      storeGrant(tx, deps.keyRing, id, fresh, stored.version),
    );
    return fresh;
  } catch (error) {
    await deps.database.withCompany(companyId, (tx) => releaseRenewal(tx, id));
    throw error;
  }
}
