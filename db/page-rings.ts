import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

interface Calendar {
  companyId: string;
  calendarId: string;
}

const everySo = sql`interval '1 minute'`;

/** Whether a page may ring for the calendar: none has within the last minute. */
export async function mayPageRing(tx: Tx, calendarId: string): Promise<boolean> {
  const [found] = await rows(
    tx,
    sql`select from page_rings where calendar_id = ${calendarId} and rung_at > now() - ${everySo}`,
  );
  return found === undefined;
}

/**
 * Claims the ring of this minute for a page, and answers the connections that it is for. None where
 * another page has claimed it: of any number at once, in any number of processes, one gets them.
 */
export async function claimPageRing(
  tx: Tx,
  { companyId, calendarId }: Calendar,
): Promise<string[]> {
  const claimed = await rows(
    tx,
    sql`insert into page_rings as p (calendar_id, company_id, rung_at) values (${calendarId}, ${companyId}, now())
        on conflict (calendar_id) do update set rung_at = excluded.rung_at where p.rung_at <= now() - ${everySo}
        returning calendar_id`,
  );
  if (claimed.length === 0) return [];
  const found = await rows<{ id: string }>(
    tx,
    sql`select id from connections where calendar_id = ${calendarId} and enabled and grant_state = 'ok'
          and disconnected_at is null and settings <> '{}' order by id`,
  );
  return found.map(({ id }) => id);
}
