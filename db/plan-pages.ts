import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** A page of the provider's as it was listed for a plan; what it holds is the caller's matter. */
export interface StagedPage<Page> {
  seq: number;
  page: Page;
  /** When its listing began, by the database's clock. */
  startedAt: Date;
}

interface OfStream {
  companyId: string;
  planId: string;
  stream: string;
}

/** As a text within JSON: a provider's text may hold what Postgres keeps in no JSON value. */
export async function addPage<Page>(
  tx: Tx,
  of: OfStream,
  { seq, page, startedAt }: StagedPage<Page>,
): Promise<void> {
  await tx.execute(
    sql`insert into plan_pages (company_id, plan_id, stream, seq, page, started_at)
        values (${of.companyId}, ${of.planId}, ${of.stream}, ${seq}, ${JSON.stringify(JSON.stringify(page))}::jsonb, ${startedAt.toISOString()}::timestamptz)
        on conflict (plan_id, stream, seq) do update set page = excluded.page, started_at = excluded.started_at`,
  );
}

/** One page, by its place; the last one where none is named. Null where there is none. */
export async function readPage<Page>(
  tx: Tx,
  of: Pick<OfStream, "planId" | "stream">,
  seq: number | "last",
): Promise<StagedPage<Page> | null> {
  const at = seq === "last" ? sql`order by seq desc limit 1` : sql`and seq = ${seq}`;
  const [found] = await rows<{ seq: number; page: string; startedAt: string }>(
    tx,
    sql`select seq, page, started_at::text as "startedAt" from plan_pages
        where plan_id = ${of.planId} and stream = ${of.stream} ${at}`,
  );
  if (!found) return null;
  return {
    seq: found.seq,
    page: JSON.parse(found.page) as Page,
    startedAt: new Date(found.startedAt),
  };
}

/** Pages are needed no more, of one stream or of all. */
export async function forgetPages(tx: Tx, planId: string, stream?: string): Promise<void> {
  const of = stream === undefined ? sql`` : sql`and stream = ${stream}`;
  await tx.execute(sql`delete from plan_pages where plan_id = ${planId} ${of}`);
}
