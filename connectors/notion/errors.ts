import { Gone, Unavailable } from "../errors.ts";
import { type HttpAnswer, retryAfterMs } from "../http.ts";
import { commonError } from "../recovery.ts";
import { type Phase, recoveryOf } from "./recovery.ts";
import { failureSchema } from "./schemas.ts";

/** A `start_cursor` that no longer works: the walk begins anew where it had come to. Stays in this folder. */
export class PageLost extends Unavailable {}

/** A 404 for a page, which its database's disappearance explains as well. Stays in this folder. */
export class Missing extends Gone {}

/** Notion promises a `Retry-After` with every limit; where it is missing all the same. */
const usualPauseMs = 10_000;

const advice = { forbidden: "give the connection this capability in its settings at Notion" };

/** The `code` of Notion's own errors; `unknown` for anything else. */
export function codeOf(text: string): string {
  try {
    const parsed = failureSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.code : "unknown";
  } catch {
    return "unknown";
  }
}

/** The error of an answer that is no success. Notion's own message may hold content and is dropped. */
export function failureOf(answer: HttpAnswer, name: string, phase: Phase): Error {
  const code = codeOf(answer.text);
  const message = `${name}: ${answer.status} ${/^\w{1,64}$/.test(code) ? code : "unknown"}`;
  const recovery = recoveryOf(answer.status, code, phase);
  if (recovery === "page-lost") return new PageLost(message);
  if (recovery === "missing") return new Missing(message);
  return commonError(recovery, { message, advice, waitMs: retryAfterMs(answer), usualPauseMs });
}
