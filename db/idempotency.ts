import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** What is known of a request that bore an Idempotency-Key. */
export type Claim =
  /** Carry it out; `since` names this claim, equal for whoever takes it over. */
  | { state: "yours"; since: string }
  | { state: "running" }
  | { state: "another request" }
  | { state: "answered"; status: number; answer: unknown };

/** Longer than any request runs: a claim that is older was left by a process that died. */
const abandonedAfter = "60 seconds";
const keptFor = "24 hours";
/** Stored as the status of a request that failed on our side and may be carried out again. */
const mayRunAgain = 0;

interface Kept {
  matches: boolean;
  status: number | null;
  answer: unknown;
  abandoned: boolean;
  since: string;
}

/** Claims a key for one request. A claim that nobody finished is taken over, with the same `since`. */
export async function claimKey(
  tx: Tx,
  companyId: string,
  key: string,
  fingerprint: Buffer,
): Promise<Claim> {
  await tx.execute(
    sql`delete from idempotency_keys where key = ${key} and created_at < now() - ${keptFor}::interval`,
  );
  const [made] = await rows<{ since: string }>(
    tx,
    sql`insert into idempotency_keys (company_id, key, fingerprint) values (${companyId}, ${key}, ${fingerprint})
        on conflict do nothing returning created_at::text as since`,
  );
  if (made) return { state: "yours", since: made.since };
  const [kept] = await rows<Kept>(
    tx,
    sql`select fingerprint = ${fingerprint} as matches, status, answer, created_at::text as since,
          created_at < now() - ${abandonedAfter}::interval as abandoned
        from idempotency_keys where key = ${key} for update`,
  );
  if (!kept) return { state: "running" };
  if (!kept.matches) return { state: "another request" };
  if (kept.status !== null && kept.status !== mayRunAgain) {
    return { state: "answered", status: kept.status, answer: kept.answer };
  }
  if (kept.status === null && !kept.abandoned) return { state: "running" };
  await tx.execute(sql`update idempotency_keys set status = null where key = ${key}`);
  return { state: "yours", since: kept.since };
}

export async function keepAnswer(
  tx: Tx,
  key: string,
  status: number,
  answer: unknown,
): Promise<void> {
  await tx.execute(
    sql`update idempotency_keys set status = ${status}, answer = ${JSON.stringify(answer)}::jsonb where key = ${key}`,
  );
}

/** The request was refused and did nothing: the key is free again. */
export async function releaseKey(tx: Tx, key: string): Promise<void> {
  await tx.execute(sql`delete from idempotency_keys where key = ${key} and status is null`);
}

/** The request failed on our side: it may have done its work, so that whoever repeats it takes it over. */
export async function allowAgain(tx: Tx, key: string): Promise<void> {
  await tx.execute(
    sql`update idempotency_keys set status = ${mayRunAgain} where key = ${key} and status is null`,
  );
}
