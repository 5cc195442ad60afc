import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { approvedUntil } from "./plans.ts";

/** A record that is gone at the provider, and is kept here until a person decides. */
export interface HeldRecord {
  id: string;
  stream: string;
  remoteId: string;
}

/** The deletions of records that wait as they are now, in the order of their records. */
export async function listHeldRecords(
  tx: Tx,
  connectionId: string,
  page: { after: string | undefined; limit: number },
): Promise<HeldRecord[]> {
  const approved = (await approvedUntil(tx, connectionId, "local"))?.toISOString() ?? null;
  const after = page.after === undefined ? sql`` : sql`and id > ${page.after}::uuid`;
  return rows<HeldRecord>(
    tx,
    sql`select id, stream, remote_id as "remoteId" from records
        where connection_id = ${connectionId} and gone_at is not null and state <> 'deleted' and version > 0
          and (${approved}::timestamptz is null or gone_at > ${approved}::timestamptz) ${after}
        order by id limit ${page.limit}`,
  );
}
