import { acceptAddress } from "../notifiers/address.ts";
import { post } from "../notifiers/post.ts";
import { resolveHost } from "../notifiers/vet.ts";
import type { Deps } from "./deps.ts";
import type { SlackText } from "./slack-text.ts";

/** Slack takes no more than five, for half an hour. */
const mostAnswers = 5;
/** Somewhat less than that half hour. */
export const followMs = 25 * 60_000;
const limits = { timeoutMs: 5_000, maxBytes: 16 * 1_024, resolve: resolveHost };
const headers = { "content-type": "application/json", "user-agent": "Syncline" };

export type Later = (text: SlackText) => Promise<void>;

/**
 * Sends later answers to where a command says. Nothing is sent but to Slack, or to what the operator
 * vouches for; no redirect is followed, and what goes wrong is logged and is nobody's failure.
 */
export function laterAnswers(
  { config, log }: Pick<Deps, "config" | "log">,
  responseUrl: string | null,
): Later {
  let left = mostAnswers;
  return async (text) => {
    if (responseUrl === null || left === 0) return;
    left -= 1;
    try {
      const allowed = new Set(config.NOTIFY_ALLOWED_HOSTS);
      const { address } = acceptAddress("slack", responseUrl, allowed);
      const sending = { headers, body: JSON.stringify(text) };
      const { status } = await post(new URL(address), sending, { ...limits, allowed });
      if (status !== 200) log.warn({ status }, "Slack did not take a later answer");
    } catch (err) {
      log.warn({ err }, "a later answer did not reach Slack");
    }
  };
}
