import {
  CollectionMissing,
  Forbidden,
  Gone,
  RateLimited,
  Rejected,
  Unauthenticated,
  Unavailable,
} from "../errors.ts";
import { type HttpAnswer, retryAfterMs } from "../http.ts";
import { type Phase, recoveryOf } from "./recovery.ts";
import { failureSchema } from "./schemas.ts";

/** Whether a limit says how long it lasts is not certain; back off from a second (reference: 7). */
const usualPauseMs = 1_000;

/** How the gateway words an unknown route; the hash after it is of the token, and goes nowhere (reference: 8). */
const gatewayWords = "Invalid key=value pair";

export type Word = "gateway" | "own" | "unknown";

/** Employes has no codes, only sentences: all that matters is who wrote one. */
export function wordOf(text: string): Word {
  const message = messageOf(text);
  if (message === null) return "unknown";
  return message.startsWith(gatewayWords) ? "gateway" : "own";
}

function messageOf(text: string): string | null {
  try {
    return failureSchema.safeParse(JSON.parse(text)).data?.message ?? null;
  } catch {
    return null;
  }
}

/** The error of an answer that is no success. What Employes wrote may hold content and is dropped. */
export function failureOf(answer: HttpAnswer, name: string, phase: Phase): Error {
  const word = wordOf(answer.text);
  const wait = retryAfterMs(answer);
  const message = `${name}: ${answer.status} ${word}`;
  switch (recoveryOf(answer.status, word, phase)) {
    case "unavailable":
      return new Unavailable(message, wait === null ? {} : { retryAfterMs: wait });
    case "rate-limited":
      return new RateLimited(message, wait ?? usualPauseMs);
    case "unauthenticated":
      return new Unauthenticated(`${message}; make a new token in Employes`);
    case "forbidden":
      return new Forbidden(
        `${message}: unknown route or no right; check the company, and what the token may read`,
      );
    case "missing":
      return new Gone(message);
    case "rejected":
      return new Rejected(message);
    case "collection-missing":
      return new CollectionMissing(`${message}; the company is not there for this token`);
  }
}
