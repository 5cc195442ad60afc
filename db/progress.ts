import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** What a session did, per side. `failed` counts items that were set aside or refused. */
export interface Counts {
  created: number;
  updated: number;
  deleted: number;
  unchanged: number;
  failed: number;
}

export const noCounts = (): Counts => ({
  created: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  failed: 0,
});

/** Adds to a session's counts, in the transaction that stores what they count. */
export async function addCounts(
  tx: Tx,
  sessionId: string,
  counts: { local?: Counts; remote?: Counts; providerCalls?: number },
): Promise<void> {
  const { local = noCounts(), remote = noCounts(), providerCalls = 0 } = counts;
  await tx.execute(
    sql`update sync_sessions set
          local_created = local_created + ${local.created}, local_updated = local_updated + ${local.updated},
          local_deleted = local_deleted + ${local.deleted}, local_unchanged = local_unchanged + ${local.unchanged},
          local_failed = local_failed + ${local.failed},
          remote_created = remote_created + ${remote.created}, remote_updated = remote_updated + ${remote.updated},
          remote_deleted = remote_deleted + ${remote.deleted}, remote_unchanged = remote_unchanged + ${remote.unchanged},
          remote_failed = remote_failed + ${remote.failed}, provider_calls = provider_calls + ${providerCalls}
        where id = ${sessionId}`,
  );
}

/** Where a session with records is, for whoever watches it. */
export interface Progress {
  step: "snapshot" | "history" | "change detection";
  stream: string | null;
  done: number;
  /** Null where nobody knows how much there is. */
  total: number | null;
}

export async function noteProgress(tx: Tx, sessionId: string, progress: Progress): Promise<void> {
  await tx.execute(
    sql`update sync_sessions set progress = ${JSON.stringify(progress)}::jsonb where id = ${sessionId}`,
  );
}

/** One line of a session's log: a fact, with ids and counts only. */
export async function addLog(
  tx: Tx,
  of: { companyId: string; sessionId: string },
  level: "info" | "warn" | "error",
  message: string,
  data: Record<string, unknown> = {},
): Promise<void> {
  await tx.execute(
    sql`insert into sync_logs (company_id, session_id, level, message, data)
        values (${of.companyId}, ${of.sessionId}, ${level}, ${message}, ${JSON.stringify(data)}::jsonb)`,
  );
}

export async function startSession(
  tx: Tx,
  sessionId: string,
  workflow: { workflowId: string; runId: string },
): Promise<void> {
  await tx.execute(
    sql`update sync_sessions set status = 'running', started_at = coalesce(started_at, now()),
          workflow_id = ${workflow.workflowId}, run_id = ${workflow.runId} where id = ${sessionId}`,
  );
}

export async function finishSession(
  tx: Tx,
  sessionId: string,
  failure: { code: string; message: string } | null,
): Promise<void> {
  await tx.execute(
    sql`update sync_sessions set status = ${failure ? "error" : "completed"}, completed_at = now(),
          error_code = ${failure?.code ?? null}, error = ${failure?.message ?? null}
        where id = ${sessionId} and status in ('queued', 'running')`,
  );
}

/** Both sides' numbers together; what was only unchanged at the provider is not counted twice. */
export async function readCounts(tx: Tx, sessionId: string): Promise<Counts> {
  const [found] = await rows<Counts>(
    tx,
    sql`select local_created + remote_created as created, local_updated + remote_updated as updated,
          local_deleted + remote_deleted as deleted, local_unchanged as unchanged, local_failed + remote_failed as failed
        from sync_sessions where id = ${sessionId}`,
  );
  return found ?? noCounts();
}
