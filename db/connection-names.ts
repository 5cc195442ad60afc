import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** What a connection can be called by, besides its id and its provider. */
export interface ConnectionNames {
  id: string;
  provider: string;
  /** The name of our calendar, then what is connected at the provider, then the account. */
  names: string[];
}

/** Of every living connection of the company, in id order; or of those with these ids, living or not. */
export function connectionNames(tx: Tx, ids?: readonly string[]): Promise<ConnectionNames[]> {
  return rows<ConnectionNames>(
    tx,
    sql`select c.id, c.provider, array_remove(array[k.name, c.settings->>'retailer',
            c.settings->>'companyId', c.settings->>'calendarId', c.account], null) as names
        from connections c left join calendars k on k.id = c.calendar_id
        where ${ids === undefined ? sql`c.disconnected_at is null` : sql`c.id = any(${sql.param(ids)}::uuid[])`}
        order by c.id`,
  );
}
