import { sql, type SQL } from "drizzle-orm";
import type { Content } from "../sync/record.ts";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";
import { around, lastSeen, type Parents } from "./record-queries.ts";

/** One version of a record. Moments are ISO 8601 in UTC. */
export interface FoundVersion {
  version: number;
  sessionId: string;
  /** Null where the version is the deletion. */
  content: Content | null;
  sealed: string | null;
  firstSeenAt: string;
  lastSeenAt: string | null;
}

interface OfRecord {
  id: string;
  parents: Parents;
}

/** Every version of a record, newest first; `before` is the last of the page before. */
export function listVersions(
  tx: Tx,
  of: OfRecord,
  page: { before: number | undefined; limit: number },
): Promise<FoundVersion[]> {
  const before = page.before === undefined ? sql`` : sql`and v.version < ${page.before}`;
  return read(tx, of, sql`${before} order by v.version desc limit ${page.limit}`);
}

/** Those of the versions that there are, oldest first. */
export function readVersions(
  tx: Tx,
  of: OfRecord,
  versions: readonly number[],
): Promise<FoundVersion[]> {
  return read(tx, of, sql`and v.version = any(${sql.param(versions)}::int[]) order by v.version`);
}

function read(tx: Tx, { id, parents }: OfRecord, which: SQL): Promise<FoundVersion[]> {
  return rows<FoundVersion>(
    tx,
    sql`select v.version, v.session_id as "sessionId", v.content, v.sealed, ${instant(sql`v.first_seen_at`)} as "firstSeenAt",
          ${instant(lastSeen)} as "lastSeenAt"
        from record_versions v join records r on r.id = v.record_id join connections c on c.id = r.connection_id ${around(parents)}
        where v.record_id = ${id} ${which}`,
  );
}
