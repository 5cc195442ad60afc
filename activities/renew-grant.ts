import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectorBase, Grant } from "../connectors/connector.ts";
import { Unauthenticated, Unavailable } from "../connectors/errors.ts";
import { renewed } from "../connectors/renewal.ts";
import { readGrant, storeGrant } from "../db/grants.ts";
import { claimRenewal, releaseRenewal } from "../db/renewals.ts";
import type { ActivityDeps } from "./deps.ts";
import type { ConnectionRef } from "./open-provider.ts";

const inFlight = new Map<string, Promise<Grant>>();
/** A token endpoint that takes longer is down; a renewal that has died is taken over soon after. */
const deadlineMs = 10_000;
const leaseMs = deadlineMs + 2_000;
const patienceMs = 2 * leaseMs;
const lookAgainMs = 100;

/**
 * Answers a grant that satisfies `good`, renewed by exactly one caller over all processes: the one that
 * takes the row's lease calls the provider, the others look until its answer is stored. Nobody holds a
 * transaction while the provider thinks.
 * @throws Unauthenticated when the grant is dead, Unavailable when nobody could renew it in time
 */
export function renewGrant(
  deps: ActivityDeps,
  ref: ConnectionRef,
  connector: ConnectorBase,
  good: (grant: Grant) => boolean,
): Promise<Grant> {
  const running = inFlight.get(ref.connectionId);
  if (running)
    return running.then((grant) => (good(grant) ? grant : renewGrant(deps, ref, connector, good)));
  const renewal = renew(deps, ref, connector, good).finally(() =>
    inFlight.delete(ref.connectionId),
  );
  inFlight.set(ref.connectionId, renewal);
  return renewal;
}

async function renew(
  deps: ActivityDeps,
  ref: ConnectionRef,
  connector: ConnectorBase,
  good: (grant: Grant) => boolean,
): Promise<Grant> {
  for (let waited = 0; waited < patienceMs; waited += lookAgainMs) {
    const found = await deps.db.withCompany(ref.companyId, async (tx) => {
      const stored = await readGrant(tx, deps.keys, ref.connectionId);
      const lease =
        stored &&
        !good(stored.grant) &&
        (await claimRenewal(tx, ref.connectionId, stored.version, leaseMs));
      return stored && { ...stored, lease };
    });
    if (!found) throw new Unauthenticated("the connection has no grant");
    if (good(found.grant)) return found.grant;
    if (found.lease) return refresh(deps, ref, connector, found);
    await sleep(lookAgainMs);
  }
  throw new Unavailable("the grant is being renewed elsewhere and has not come back");
}

async function refresh(
  deps: ActivityDeps,
  ref: ConnectionRef,
  connector: ConnectorBase,
  stored: { grant: Grant; version: number },
): Promise<Grant> {
  const deadline = AbortSignal.timeout(Math.min(deadlineMs, deps.config.PROVIDER_TIMEOUT_MS));
  try {
    const grant = await renewed(connector, stored.grant, deadline);
    deps.crash("grant renewed");
    await deps.db.withCompany(ref.companyId, (tx) =>
      storeGrant(tx, deps.keys, ref.connectionId, grant, stored.version),
    );
    return grant;
  } catch (error) {
    await deps.db.withCompany(ref.companyId, (tx) => releaseRenewal(tx, ref.connectionId));
    if (!(error instanceof Unauthenticated)) throw error;
    // Somebody may have connected anew meanwhile: believe the row, not this answer.
    const now = await deps.db.withCompany(ref.companyId, (tx) =>
      readGrant(tx, deps.keys, ref.connectionId),
    );
    if (now && now.version !== stored.version) return now.grant;
    throw error;
  }
}
