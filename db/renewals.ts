import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** Takes the lease of renewing a grant, if nobody holds it and the grant is still the one that was seen. */
export async function claimRenewal(
  tx: Tx,
  connectionId: string,
  version: number,
  leaseMs: number,
): Promise<boolean> {
  const claimed = await rows(
    tx,
    sql`update connections set refreshing_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000})
        where id = ${connectionId} and credential_version = ${version}
          and (refreshing_until is null or refreshing_until < clock_timestamp()) returning 1`,
  );
  return claimed.length === 1;
}

export async function releaseRenewal(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(sql`update connections set refreshing_until = null where id = ${connectionId}`);
}
