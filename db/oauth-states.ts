import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { oauthStates } from "./schema/companies.ts";

/** A consent that has come back: what it was asked for. */
export interface TakenState {
  connectionId: string;
  /** In an envelope bound to this row. */
  verifier: string;
  /** The name of the key that asked for it. */
  by: string;
}

export const consentMinutes = 10;

export async function addState(
  tx: Tx,
  state: {
    hash: Buffer;
    companyId: string;
    keyId: string;
    provider: string;
    connectionId: string;
    verifier: string;
  },
): Promise<void> {
  await tx.execute(sql`delete from oauth_states where expires_at < now() - interval '1 day'`);
  await tx
    .insert(oauthStates)
    .values({ ...state, expiresAt: new Date(Date.now() + consentMinutes * 60_000) });
}

/** Whose consent it is; looks across companies, as the provider's redirect bears no key. */
export async function findStateCompany(tx: Tx, hash: Buffer): Promise<string | null> {
  const [found] = await rows<{ id: string }>(
    tx,
    sql`select company_id as id from find_oauth_state(${hash})`,
  );
  return found?.id ?? null;
}

/**
 * Uses a state up, once; null when it has expired, was used, is of another provider, or whoever asked
 * for it has lost the key meanwhile.
 */
export async function takeState(
  tx: Tx,
  hash: Buffer,
  provider: string,
): Promise<TakenState | null> {
  const [taken] = await rows<TakenState>(
    tx,
    sql`update oauth_states s set used_at = now()
        where s.hash = ${hash} and s.provider = ${provider} and s.used_at is null and s.expires_at > now()
          and exists (select from api_keys k where k.id = s.key_id and k.company_id = s.company_id
                      and k.revoked_at is null and k.role in ('owner', 'admin'))
        returning s.connection_id as "connectionId", s.verifier, (select name from api_keys k where k.id = s.key_id) as by`,
  );
  return taken ?? null;
}
