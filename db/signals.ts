import { sql } from "drizzle-orm";
import { channelSecret } from "./channels.ts";
import { rows, type Tx } from "./client.ts";
import { type KeyRing, SecretUnreadable, unseal } from "./secrets.ts";

/**
 * The secret that the messages of a channel are signed with; null where nobody listens to it any more
 * (it was replaced or closed, its connection rests), or where it no longer opens.
 */
export async function signingSecret(
  tx: Tx,
  ring: KeyRing,
  channel: { id: string; companyId: string; provider: string },
): Promise<string | null> {
  const [found] = await rows<{ secret: string }>(
    tx,
    sql`select h.secret from channels h join connections c on c.id = h.connection_id
        where h.id = ${channel.id} and h.state in ('opening', 'open') and h.secret is not null
          and c.provider = ${channel.provider} and c.enabled and c.disconnected_at is null
          and c.grant_state = 'ok' and c.settings <> '{}'`,
  );
  if (!found) return null;
  try {
    return unseal(ring, channelSecret(channel), found.secret);
  } catch (error) {
    if (error instanceof SecretUnreadable) return null;
    throw error;
  }
}
