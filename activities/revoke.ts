import { clearCredentials, readConnection, readGrant } from "../db/connections.ts";
import type { ActivityDeps } from "./deps.ts";
import { setbackOf } from "./failures.ts";
import type { ConnectionRef } from "./open-connection.ts";

/** Revokes the grant at the provider, as far as it can be reached, and deletes the secrets in any case. */
export async function revokeGrant(deps: ActivityDeps, ref: ConnectionRef): Promise<void> {
  const found = await deps.db.withCompany(ref.companyId, async (tx) => ({
    connection: await readConnection(tx, ref.connectionId),
    stored: await readGrant(tx, deps.keys, ref.connectionId),
  }));
  const consent = found.connection && deps.registry.get(found.connection.provider).consent;
  if (consent && found.stored) {
    const token = found.stored.grant.refreshToken ?? found.stored.grant.accessToken;
    try {
      await consent.revoke(token, AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS));
    } catch (error) {
      if (!setbackOf(error)) throw error;
      deps.log.warn(
        { ...ref },
        "the grant could not be revoked at the provider; our copy of it is deleted",
      );
    }
  }
  await deps.db.withCompany(ref.companyId, (tx) => clearCredentials(tx, ref.connectionId));
}
