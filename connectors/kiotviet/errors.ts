import { WatchUnsupported } from "../errors.ts";
import { type HttpAnswer, retryAfterMs } from "../http.ts";
import { fieldsOf, folded } from "./keys.ts";
import { commonError } from "../recovery.ts";
import { type Phase, recoveryOf } from "./recovery.ts";

const advice = {
  forbidden: "check the shop's name, and what its settings at KiotViet allow this connection",
};

/** The words that decide something; of KiotViet's own errors all others are `other`. */
const words = ["TokenException"];

/** OAuth's words (RFC 6749, 5.2), which only the token's address speaks. */
const oauthWord = /^[a-z_]{1,40}$/;

/** The word of a refusal; `unknown` for what is in nobody's shape that is known (reference: 1; 7). */
export function wordOf(text: string): string {
  const { responsestatus, error } = fieldsOf(parsed(text));
  const { errorcode } = fieldsOf(responsestatus);
  if (typeof errorcode === "string") return words.includes(errorcode) ? errorcode : "other";
  return typeof error === "string" && oauthWord.test(error) ? error : "unknown";
}

function parsed(text: string): unknown {
  try {
    return folded(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The error of an answer that is no success. KiotViet's own sentence may hold content and is dropped. */
export function failureOf(
  answer: HttpAnswer,
  name: string,
  phase: Phase,
  limitPauseMs: number,
): Error {
  const word = wordOf(answer.text);
  const message = `${name}: ${answer.status} ${word}`;
  const recovery = recoveryOf(answer.status, word, phase);
  if (recovery === "watch-unsupported") return new WatchUnsupported(message);
  const waitMs = retryAfterMs(answer);
  return commonError(recovery, { message, advice, waitMs, usualPauseMs: limitPauseMs });
}
