import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** A step came through: whatever was wrong is over. */
export async function noteRecovery(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(
    sql`update connections set failures = 0, wait_until = null, wait_reason = null where id = ${connectionId} and (failures > 0 or wait_until is not null)`,
  );
}

/** A step met a provider that is down or limits us. Answers how many in a row. */
export async function noteSetback(
  tx: Tx,
  connectionId: string,
  setback: { code: string; message: string },
): Promise<number> {
  const [found] = await rows<{ failures: number }>(
    tx,
    sql`update connections set failures = failures + 1, last_error_code = ${setback.code}, last_error = ${setback.message}, last_error_at = now()
        where id = ${connectionId} returning failures`,
  );
  return found?.failures ?? 1;
}

export async function noteWait(
  tx: Tx,
  connectionId: string,
  wait: { until: Date; reason: string },
): Promise<void> {
  await tx.execute(
    sql`update connections set wait_until = ${wait.until.toISOString()}::timestamptz, wait_reason = ${wait.reason} where id = ${connectionId}`,
  );
}

/** Everything up to now has been read and nothing is wrong. */
export async function notePass(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(
    sql`update connections set last_complete_pass_at = now(), failures = 0, wait_until = null, wait_reason = null,
          last_error_code = null, last_error = null where id = ${connectionId}`,
  );
}

export async function noteFailure(
  tx: Tx,
  connectionId: string,
  failure: { code: string; message: string; retryInMs: number },
): Promise<void> {
  await tx.execute(
    sql`update connections set last_error_code = ${failure.code}, last_error = ${failure.message}, last_error_at = now(), wait_until = null,
          wait_reason = null, next_poll_at = least(next_poll_at, now() + make_interval(secs => ${failure.retryInMs / 1000}))
        where id = ${connectionId}`,
  );
}

export async function noteClockOffset(
  tx: Tx,
  connectionId: string,
  offsetMs: number,
): Promise<void> {
  await tx.execute(
    sql`update connections set clock_offset = ${offsetMs} where id = ${connectionId}`,
  );
}
