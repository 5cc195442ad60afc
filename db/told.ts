import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** When people of the company were last told of something of this kind, by connection: ms since the epoch. */
export async function lastTold(tx: Tx, kind: string): Promise<Map<string, number>> {
  const found = await rows<{ connectionId: string; at: number }>(
    tx,
    sql`select connection_id as "connectionId", (extract(epoch from max(at)) * 1000)::float8 as at from notices
        where kind = ${kind} and connection_id is not null group by connection_id`,
  );
  return new Map(found.map(({ connectionId, at }) => [connectionId, at]));
}
