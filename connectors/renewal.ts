import type { ConnectorBase, Grant } from "./connector.ts";
import { Unauthenticated } from "./errors.ts";

/**
 * The grant that follows one which has ended. Where the provider knows neither consent nor keys to ask
 * again with, only a person can renew it. @throws Unauthenticated
 */
export async function renewed(
  { consent, entry }: ConnectorBase,
  { refreshToken, entered }: Grant,
  signal: AbortSignal,
): Promise<Grant> {
  if (consent && refreshToken)
    return { refreshToken, ...(await consent.refresh(refreshToken, signal)) };
  if (entry && entered) return entry.grant(entered, signal);
  throw new Unauthenticated("the grant has ended and cannot be renewed");
}
