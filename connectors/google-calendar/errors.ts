import {
  CollectionMissing,
  CursorExpired,
  Forbidden,
  Gone,
  KeyTaken,
  PreconditionFailed,
  RateLimited,
  Rejected,
  Unauthenticated,
  Unavailable,
  WatchUnsupported,
} from "../errors.ts";
import { type HttpAnswer, retryAfterMs } from "../http.ts";
import { type Phase, recoveryOf } from "./recovery.ts";
import { failureSchema } from "./schemas.ts";

/** A page token that no longer works: the listing begins again where its cursor began. Stays in this folder. */
export class PageLost extends CursorExpired {}

/** A 404 for an item, which its calendar's disappearance explains as well. Stays in this folder. */
export class Missing extends Gone {}

/** `errors[0].reason`; `unstated` in Google's own shape without one, `unknown` in any other. */
export function reasonOf(text: string): string {
  try {
    const parsed = failureSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data.error.errors?.[0]?.reason ?? "unstated") : "unknown";
  } catch {
    return "unknown";
  }
}

/** How long a limit is waited out where there is no `Retry-After`, which Google does not promise. */
export interface Pauses {
  shortMs: number;
  longMs: number;
}
export const usualPauses: Pauses = { shortMs: 10_000, longMs: 3_600_000 };

export function failureOf(
  answer: HttpAnswer,
  name: string,
  phase: Phase,
  pauses = usualPauses,
): Error {
  const reason = reasonOf(answer.text);
  const wait = retryAfterMs(answer);
  const safeReason = /^[\w.]{1,64}$/.test(reason) ? reason : "unknown";
  const message = `${name}: ${answer.status} ${safeReason}`;
  switch (recoveryOf(answer.status, reason, phase)) {
    case "unavailable":
      return new Unavailable(message, wait === null ? {} : { retryAfterMs: wait });
    case "rate-limited":
      return new RateLimited(message, wait ?? pauses.shortMs);
    case "limited-for-long":
      return new RateLimited(message, wait ?? pauses.longMs);
    case "unauthenticated":
      return new Unauthenticated(message);
    case "forbidden":
      return new Forbidden(message);
    case "cursor-expired":
      return new CursorExpired(message);
    case "page-lost":
      return new PageLost(message);
    case "precondition-failed":
      return new PreconditionFailed(message);
    case "gone":
      return new Gone(message);
    case "missing":
      return new Missing(message);
    case "key-taken":
      return new KeyTaken(message);
    case "rejected":
      return new Rejected(message);
    case "collection-missing":
      return new CollectionMissing(message);
    case "watch-unsupported":
      return new WatchUnsupported(message);
  }
}
