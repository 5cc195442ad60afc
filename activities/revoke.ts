import { readConnection } from "../db/connections.ts";
import { clearCredentials, readGrant } from "../db/grants.ts";
import type { ActivityDeps } from "./deps.ts";
import { leaveIt } from "./farewell.ts";
import type { ConnectionRef } from "./open-connection.ts";

/** Revokes the grant at the provider, as far as it can be reached, and deletes the secrets in any case. */
export async function revokeGrant(deps: ActivityDeps, ref: ConnectionRef): Promise<void> {
  try {
    await revokeThere(deps, ref);
  } catch (error) {
    leaveIt(error);
    deps.log.warn(
      { ...ref },
      "the grant could not be revoked at the provider; our copy of it is deleted",
    );
  }
  await deps.db.withCompany(ref.companyId, (tx) => clearCredentials(tx, ref.connectionId));
}

async function revokeThere(deps: ActivityDeps, ref: ConnectionRef): Promise<void> {
  const { connection, stored } = await deps.db.withCompany(ref.companyId, async (tx) => ({
    connection: await readConnection(tx, ref.connectionId),
    stored: await readGrant(tx, deps.keys, ref.connectionId),
  }));
  const consent = connection && deps.registry.get(connection.provider).consent;
  if (!consent || !stored) return;
  await consent.revoke(stored.grant, AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS));
}
