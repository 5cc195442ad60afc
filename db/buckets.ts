import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

export interface Allowance {
  unitsPerSecond: number;
  burst: number;
}

/** Accounts are named in a table that all companies share: by hash, so that it tells nothing. */
export function bucketOf(provider: string, account: string): string {
  return `${provider}:${createHash("sha256").update(account).digest("base64url")}`;
}

/**
 * Takes quota units of an account. Answers 0 when they were taken, else the milliseconds after which
 * to ask again, with nothing taken. Every process and company that uses the account shares the bucket.
 */
export async function takeUnits(
  tx: Tx,
  account: string,
  units: number,
  allowed: Allowance,
): Promise<number> {
  const level = sql`least(${allowed.burst}::float8, b.units + ${allowed.unitsPerSecond}::float8 * extract(epoch from clock_timestamp() - b.filled_at))`;
  const taken = await rows(
    tx,
    sql`insert into buckets as b (account, units, filled_at) values (${account}, ${allowed.burst - units}, clock_timestamp())
        on conflict (account) do update set units = ${level} - ${units}, filled_at = clock_timestamp()
        where (b.blocked_until is null or b.blocked_until <= clock_timestamp()) and ${level} >= ${units} returning 1`,
  );
  if (taken.length === 1) return 0;
  const [state] = await rows<{ blocked: number; short: number }>(
    tx,
    sql`select coalesce(extract(epoch from b.blocked_until - clock_timestamp()) * 1000, 0)::float8 as blocked,
          ((${units} - ${level}) / ${allowed.unitsPerSecond} * 1000)::float8 as short
        from buckets b where account = ${account}`,
  );
  return Math.max(1, Math.ceil(Math.max(state?.blocked ?? 0, state?.short ?? 0)));
}

/** The provider has said that no call has a chance before then. */
export async function blockUntil(tx: Tx, account: string, until: Date): Promise<void> {
  await tx.execute(
    sql`insert into buckets as b (account, units, filled_at, blocked_until) values (${account}, 0, now(), ${until.toISOString()}::timestamptz)
        on conflict (account) do update set blocked_until = greatest(b.blocked_until, excluded.blocked_until)`,
  );
}
