import type { JsonObject } from "../json.ts";
import { type Answer, statusText } from "./answer.ts";
import { discordProblems, errorTree } from "./discord-problems.ts";
import { findKind } from "./trouble-kinds.ts";
import type { Trouble } from "./troubles.ts";

const RETRY_AFTER_S = 0.529;
const WINDOW_S = 2;
const EDGE_PAGE =
  "<!doctype html><html><head><title>Access denied</title></head><body>Error 1015</body></html>";

/** An error by our name for it, in Discord's words (section 3). */
export function discordError(name: string, more: JsonObject = {}): Answer {
  const { status, code = 0, text = "" } = findKind("discord", name)?.[1] ?? { status: 400 };
  return { status, body: { message: text, code, ...more } };
}

const PARTS = ["content", "embeds", "components", "files", "attachments", "poll"];

/** What is wrong with a message, if anything is. */
export function discordRefusal(message: JsonObject | undefined): Answer | undefined {
  if (message === undefined) return discordError("bad_json");
  const problems = discordProblems(message);
  if (problems.length > 0)
    return discordError("invalid_form_body", { errors: errorTree(problems) });
  const said = PARTS.some((part) => {
    const value = message[part] ?? "";
    return Array.isArray(value) ? value.length > 0 : value !== "";
  });
  return said ? undefined : discordError("empty_message");
}

/** The trouble in Discord's words. Who waits for a message that is lost hears of it, nobody else does. */
export function discordTrouble(trouble: Trouble, wait: boolean): Answer {
  const { name, kind, asked } = trouble;
  if (name === "lost" && !wait) return { status: 204, body: "" };
  if (asked.body !== undefined) return { status: kind.status, body: asked.body };
  if (name === "blocked_at_edge") return { status: kind.status, body: EDGE_PAGE };
  if (kind.status === 429) return rateLimited(trouble);
  if (name === "invalid_form_body")
    return discordError(name, {
      errors: {
        content: { _errors: [{ code: "CONTENT_REFUSED", message: "Refused on demand." }] },
      },
    });
  if (name !== undefined && kind.code !== undefined) return discordError(name);
  const { status } = kind;
  return { status, body: { message: `${status}: ${statusText(status)}`, code: 0 } };
}

/** Fractional seconds in the body, whole ones in the header. */
function rateLimited({ asked }: Trouble): Answer {
  const { retryAfter = RETRY_AFTER_S, global = false } = asked;
  const message = "You are being rate limited.";
  return {
    status: 429,
    body: { message, retry_after: retryAfter, global },
    headers: {
      "Retry-After": String(Math.ceil(retryAfter)),
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset-After": String(retryAfter),
      "X-RateLimit-Scope": global ? "global" : "user",
      ...(global && { "X-RateLimit-Global": "true" }),
    },
  };
}

/** On all answers but those of the edge, which knows nothing of limits. */
export function withLimits(answer: Answer, nowMs: number): Answer {
  if (typeof answer.body === "string" && answer.body.startsWith("<!")) return answer;
  const resetAfter = Number(answer.headers?.["X-RateLimit-Reset-After"] ?? WINDOW_S);
  return {
    ...answer,
    headers: {
      "X-RateLimit-Limit": "5",
      "X-RateLimit-Remaining": "4",
      "X-RateLimit-Reset": (nowMs / 1000 + resetAfter).toFixed(3),
      "X-RateLimit-Reset-After": String(resetAfter),
      "X-RateLimit-Bucket": "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e",
      ...answer.headers,
    },
  };
}
