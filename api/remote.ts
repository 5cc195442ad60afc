import type { Collection, Grant, OpenConnection, Remote } from "../connectors/connector.ts";
import { Unauthenticated, Unavailable } from "../connectors/errors.ts";
import type { Connection } from "../db/connections.ts";
import { readGrant, storeGrant } from "../db/grants.ts";
import { claimRenewal, releaseRenewal } from "../db/renewals.ts";
import type { EventItem } from "../sync/event.ts";
import type { Deps } from "./deps.ts";

const renewBeforeMs = 60_000;

/** What a person may choose from with a connection's grant. @throws the errors of connectors/errors.ts */
export function collectionsOf(
  deps: Deps,
  connection: Connection,
  gone: AbortSignal,
): Promise<Collection[]> {
  const grant = () =>
    currentGrant(
      deps,
      connection,
      ({ expiresAt }) => expiresAt === null || expiresAt - deps.now() > renewBeforeMs,
    );
  const renewed = (refused: string) =>
    currentGrant(deps, connection, (stored) => stored.accessToken !== refused);
  return list(deps, connection, { grant, renewed }, gone);
}

/** The same with a grant that is not stored yet. */
export function collectionsWith(
  deps: Deps,
  connection: Connection,
  fresh: Grant,
  gone: AbortSignal,
): Promise<Collection[]> {
  const renewed = () => Promise.reject(new Unauthenticated("the new grant was refused"));
  return list(deps, connection, { grant: () => Promise.resolve(fresh), renewed }, gone);
}

/** Whether the provider can bring back what was deleted, under its own id. Asks nothing of it. */
export function bringsBack(deps: Deps, connection: Connection): boolean {
  const never = () => Promise.reject(new Unauthenticated("nothing is asked of the provider"));
  const remote = deps.registry.get(connection.provider).open({
    settings: connection.settings,
    grant: never,
    renewed: never,
    spend: never,
    now: () => deps.now(),
  });
  return remote.write?.restore !== undefined;
}

async function list(
  deps: Deps,
  connection: Connection,
  grants: Pick<OpenConnection, "grant" | "renewed">,
  gone: AbortSignal,
): Promise<Collection[]> {
  const open: OpenConnection = {
    settings: connection.settings,
    ...grants,
    // A person's rare look: it does not wait behind the syncs' quota.
    spend: () => Promise.resolve(),
    now: () => deps.now(),
  };
  const remote: Remote<EventItem> = deps.registry.get(connection.provider).open(open);
  const deadline = AbortSignal.any([gone, AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS)]);
  return (await remote.collections?.(deadline)) ?? [];
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
  const { consent } = deps.registry.get(provider);
  try {
    if (!consent || stored.grant.refreshToken === undefined)
      throw new Unauthenticated("the grant cannot be renewed");
    const fresh = await consent.refresh(
      stored.grant.refreshToken,
      AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS),
    );
    await deps.database.withCompany(companyId, (tx) =>
      storeGrant(tx, deps.keyRing, id, fresh, stored.version),
    );
    return fresh;
  } catch (error) {
    await deps.database.withCompany(companyId, (tx) => releaseRenewal(tx, id));
    throw error;
  }
}
