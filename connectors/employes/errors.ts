import { type HttpAnswer, retryAfterMs } from "../http.ts";
import { commonError } from "../recovery.ts";
import { type Phase, recoveryOf } from "./recovery.ts";
import { failureSchema } from "./schemas.ts";

/** Whether a limit says how long it lasts is not certain; back off from a second (reference: 7). */
const usualPauseMs = 1_000;

/** How the gateway words an unknown route; the hash after it is of the token, and goes nowhere (reference: 8). */
const gatewayWords = "Invalid key=value pair";

const advice = {
  unauthenticated: "make a new token in Employes",
  forbidden: "unknown route or no right; check the company, and what the token may read",
  "collection-missing": "the company is not there for this token",
};

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
  const message = `${name}: ${answer.status} ${word}`;
  const facts = { message, advice, waitMs: retryAfterMs(answer), usualPauseMs };
  return commonError(recoveryOf(answer.status, word, phase), facts);
}
