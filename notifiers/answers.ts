import { Permanent, Retry, TargetDead, Wait } from "./errors.ts";
import type { Reply } from "./post.ts";

/** A pause that nobody has named. */
const usualPauseMs = 30_000;
const longestPauseMs = 3_600_000;
/** Discord shuts out an address that goes on being refused; it says so in HTML. */
const shutOutMs = 600_000;

/** A pause in seconds, as header or body name it; beyond an hour is an hour. */
export function pauseMs(seconds: unknown): number {
  const ms = Number(seconds) * 1000;
  return Number.isFinite(ms) && ms > 0 ? Math.min(Math.ceil(ms), longestPauseMs) : usualPauseMs;
}

/** What an answer that is not a success means everywhere. */
function commonly(
  who: string,
  { status, retryAfter }: Reply,
  reason = "",
): Wait | Retry | Permanent {
  const said = `${who} answered ${status}${reason}`;
  if (status === 429) return new Wait(said, pauseMs(retryAfter));
  if (status >= 500 || status === 408) return new Retry(said, { maybeTaken: true });
  // Success that does not look like it: a proxy's page, or an answer that was broken off.
  if (status < 300) return new Retry(`${said}, and not as it should`, { maybeTaken: true });
  return new Permanent(status < 400 ? `${said}: redirects are not followed` : said);
}

const slackReasons = new Set(
  `invalid_payload no_text invalid_blocks too_many_attachments user_not_found action_prohibited invalid_token
   team_disabled channel_not_found no_service no_team no_active_hooks channel_is_archived rollup_error`.split(
    /\s+/,
  ),
);

/** @throws Wait, Retry, Permanent, TargetDead */
export function readSlack(reply: Reply): null {
  const word = reply.text.trim();
  if (reply.status === 200 && word === "ok") return null;
  const reason = slackReasons.has(word) ? ` (${word})` : "";
  if ([403, 404, 410].includes(reply.status))
    throw new TargetDead(`Slack answered ${reply.status}${reason}`);
  throw commonly("Slack", reply, reason);
}

/** The message's id. @throws Wait, Retry, Permanent, TargetDead */
export function readDiscord(reply: Reply): string {
  const body = objectIn(reply.text);
  const code = typeof body?.["code"] === "number" ? ` (code ${body["code"]})` : "";
  if (reply.status === 200 && typeof body?.["id"] === "string") return body["id"].slice(0, 64);
  if (reply.status === 429 && body !== null)
    throw new Wait("Discord answered 429", pauseMs(body["retry_after"] ?? reply.retryAfter));
  if ([401, 403, 404, 429].includes(reply.status) && body === null)
    throw new Wait(`Discord answered ${reply.status}, and not as itself`, shutOutMs);
  if (reply.status === 401 || reply.status === 404)
    throw new TargetDead(`Discord answered ${reply.status}${code}`);
  throw commonly("Discord", reply, code);
}

/** Any 2xx will do: what the body says is the receiver's own. @throws Wait, Retry, Permanent, TargetDead */
export function readWebhook(reply: Reply): null {
  if (reply.status >= 200 && reply.status < 300) return null;
  // As Standard Webhooks has it: a receiver that wants no more says that it is gone.
  if (reply.status === 410) throw new TargetDead("the webhook answered 410");
  throw commonly("the webhook", reply);
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
