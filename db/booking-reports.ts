import { and, desc, eq, getTableColumns, ne, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { bookingReports } from "./schema/bookings.ts";

/** One connection that a run has rung, or why it was not. */
export interface ReportPart {
  part: "bookings" | "import";
  connectionId: string;
  provider: string;
  /** The session that serves the ring; null where nothing could be started. */
  sessionId: string | null;
  reason: string | null;
}

type Row = typeof bookingReports.$inferSelect;
export type BookingReport = Omit<Row, "parts"> & {
  parts: ReportPart[];
  /** The moment at which it began, as exactly as Postgres has it: lists are ordered by it. */
  place: string;
};

const columns = {
  ...getTableColumns(bookingReports),
  place: sql<string>`${bookingReports.startedAt}::text`,
};

const withParts = <R extends { parts: unknown }>(row: R) => ({
  ...row,
  parts: row.parts as ReportPart[],
});

/** Begins a report, unless it has been begun; one that an earlier run has left unfinished is ended. */
export async function beginReport(
  tx: Tx,
  report: { id: string; companyId: string; trigger: Row["trigger"]; triggeredBy: string },
): Promise<BookingReport> {
  await tx
    .update(bookingReports)
    .set({ status: "error", finishedAt: sql`now()`, words: "broken off before it was done" })
    .where(and(eq(bookingReports.status, "running"), ne(bookingReports.id, report.id)));
  await tx.insert(bookingReports).values(report).onConflictDoNothing({ target: bookingReports.id });
  const begun = await lockReport(tx, report.id);
  if (!begun) throw new Error("the report was not begun");
  return begun;
}

export async function lockReport(tx: Tx, id: string): Promise<BookingReport | null> {
  const [row] = await tx
    .select(columns)
    .from(bookingReports)
    .where(eq(bookingReports.id, id))
    .for("update");
  return row ? withParts(row) : null;
}

export async function addParts(tx: Tx, id: string, parts: readonly ReportPart[]): Promise<void> {
  await tx
    .update(bookingReports)
    .set({ parts: sql`${bookingReports.parts} || ${JSON.stringify(parts)}::jsonb` })
    .where(eq(bookingReports.id, id));
}

export type Finished = Pick<
  Row,
  "status" | "created" | "changed" | "cancelled" | "imported" | "removed" | "words"
>;

export async function finishReport(tx: Tx, id: string, finished: Finished): Promise<void> {
  await tx
    .update(bookingReports)
    .set({ ...finished, finishedAt: sql`now()` })
    .where(eq(bookingReports.id, id));
}

export async function readReport(tx: Tx, id: string): Promise<BookingReport | null> {
  const [row] = await tx.select(columns).from(bookingReports).where(eq(bookingReports.id, id));
  return row ? withParts(row) : null;
}

/** The youngest first, for keyset pages. */
export async function listReports(
  tx: Tx,
  page: { after: { startedAt: string; id: string } | undefined; limit: number },
): Promise<BookingReport[]> {
  const { after } = page;
  const found = await tx
    .select(columns)
    .from(bookingReports)
    .where(
      after &&
        sql`(${bookingReports.startedAt}, ${bookingReports.id}) < (${after.startedAt}::timestamptz, ${after.id}::uuid)`,
    )
    .orderBy(desc(bookingReports.startedAt), desc(bookingReports.id))
    .limit(page.limit);
  return found.map(withParts);
}

/** What became of a session that a report waits for. */
export interface SessionEnd {
  id: string;
  status: "queued" | "running" | "completed" | "error";
  error: string | null;
  /** Why it does not go on by itself, where it has not ended and only a person can help. */
  blocked: string | null;
  created: number;
  updated: number;
  deleted: number;
}

/** What sessions have done on our side. */
export function readEnds(tx: Tx, ids: readonly string[]): Promise<SessionEnd[]> {
  return rows(
    tx,
    sql`select s.id, s.status, s.error, local_created as created, local_updated as updated, local_deleted as deleted,
          case when s.status in ('completed', 'error') then null
            when c.disconnected_at is not null or c.grant_state <> 'ok' then 'it must be connected again'
            when not c.enabled then 'paused'
            when exists (select from plans p where p.connection_id = c.id and p.state = 'ready') then 'a preview waits for a person'
          end as blocked
        from sync_sessions s join connections c on c.id = s.connection_id where s.id = any(${sql.param([...ids])}::uuid[])`,
  );
}

/** The report of the run that is under way, if there is one. */
export async function runningReport(tx: Tx): Promise<string | null> {
  const [found] = await tx
    .select({ id: bookingReports.id })
    .from(bookingReports)
    .where(eq(bookingReports.status, "running"))
    .orderBy(desc(bookingReports.startedAt))
    .limit(1);
  return found?.id ?? null;
}
