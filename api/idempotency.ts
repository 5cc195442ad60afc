import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { allowAgain, claimKey, keepAnswer, releaseKey } from "../db/idempotency.ts";
import { type Place, seal, unseal } from "../db/secrets.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";
import type { Answer, Call, Route } from "./route.ts";

/** 1 to 255 printable characters. */
export const keyShape = z.string().regex(/^[\x21-\x7e]{1,255}$/);

const longestLetGoMs = 500;

type Kept = Exclude<Answer, "streamed">;

/**
 * Carries a request out once per key and day. The key is its caller's own: from another caller it is
 * refused. The answer is kept sealed, since it may hold what is
 * shown only once. A request that died half-way is carried out again with the same new id, so that what
 * it made is found and not made twice.
 */
export async function once(
  deps: Deps,
  route: Route,
  call: Call<unknown, unknown, unknown>,
  key: string,
  work: (newId: string) => Promise<Answer>,
): Promise<Answer> {
  if (!keyShape.safeParse(key).success) throw badKey();
  const { companyId } = call.caller;
  const place: Place = { table: "idempotency_keys", column: "answer", companyId, rowId: key };
  const fingerprint = digest(
    `${call.caller.id} ${route.method} ${call.req.originalUrl}\n${JSON.stringify(call.req.body ?? null)}`,
  );
  const claim = await deps.database.withCompany(companyId, (tx) =>
    claimKey(tx, companyId, key, fingerprint),
  );
  if (claim.state === "running") {
    throw new Problem(
      "request_running",
      "The first request with this Idempotency-Key has not ended yet.",
      { retryAfterSeconds: 1 },
    );
  }
  if (claim.state === "another request") {
    throw new Problem("key_reused", "This Idempotency-Key came with another request before.");
  }
  if (claim.state === "answered") return opened(deps, place, claim.answer);
  try {
    const answer = await work(idOf(companyId, key, claim.since));
    if (answer !== "streamed") await keep(deps, place, answer);
    return answer;
  } catch (error) {
    // A database that hangs must not hold up the answer a second time.
    await Promise.race([
      letGo(deps, place, error),
      sleep(longestLetGoMs, undefined, { ref: false }),
    ]);
    throw error;
  }
}

async function keep(deps: Deps, place: Place, answer: Kept): Promise<void> {
  const sealed = seal(deps.keyRing, place, JSON.stringify(answer));
  await deps.database.withCompany(place.companyId, (tx) =>
    keepAnswer(tx, place.rowId, answer.status, sealed),
  );
}

function opened(deps: Deps, place: Place, sealed: unknown): Answer {
  const answer = JSON.parse(unseal(deps.keyRing, place, String(sealed))) as Kept;
  return { ...answer, headers: { ...answer.headers, "Idempotency-Replayed": "true" } };
}

/** A refusal did nothing and frees the key; any other failure may have done its work. */
async function letGo(deps: Deps, place: Place, error: unknown): Promise<void> {
  const refused = error instanceof Problem && error.status < 500;
  try {
    await deps.database.withCompany(place.companyId, (tx) =>
      (refused ? releaseKey : allowAgain)(tx, place.rowId),
    );
  } catch (err) {
    deps.log.warn({ err }, "an idempotency key was not let go; it lapses by itself");
  }
}

/** A UUID (version 8) that is the same for every run of one claim. */
function idOf(companyId: string, key: string, since: string): string {
  const hash = digest([companyId, key, since].join("\n"));
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

function badKey(): Problem {
  return new Problem(
    "invalid_request",
    "The Idempotency-Key is not 1 to 255 printable characters.",
    {
      errors: [
        {
          in: "header",
          pointer: "/idempotency-key",
          message: "is not 1 to 255 printable characters",
        },
      ],
    },
  );
}
