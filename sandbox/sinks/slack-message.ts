import type { Request } from "express";
import type { JsonObject } from "../json.ts";
import { type Answer, parseObject, rawText, statusText } from "./answer.ts";
import { areBlocks } from "./slack-blocks.ts";
import { findKind } from "./trouble-kinds.ts";
import type { Trouble } from "./troubles.ts";

const CUT_AT = 40_000;
const MOST_ATTACHMENTS = 100;
const RETRY_AFTER_S = 30;

/** The message of a request: JSON, or a form with the JSON in `payload` (section 1). */
export function readSlack(request: Request): JsonObject | undefined {
  const text = rawText(request);
  if (request.is("application/json")) return parseObject(text);
  if (request.is("application/x-www-form-urlencoded"))
    return parseObject(new URLSearchParams(text).get("payload") ?? "");
  return undefined;
}

/** The name of what is wrong with a message, if anything is. */
export function slackProblem(message: JsonObject | undefined): string | undefined {
  if (message === undefined) return "invalid_payload";
  const { text, blocks = [], attachments = [] } = message;
  if (text !== undefined && typeof text !== "string") return "invalid_payload";
  if (!areBlocks(blocks)) return "invalid_blocks";
  if (!Array.isArray(attachments)) return "invalid_payload";
  if (attachments.length > MOST_ATTACHMENTS) return "too_many_attachments";
  const bare = (blocks as unknown[]).length === 0 && attachments.length === 0;
  return bare && (text ?? "").trim() === "" ? "no_text" : undefined;
}

export function slackAnswer(problem: string | undefined): Answer {
  if (problem === undefined) return { status: 200, body: "ok" };
  return { status: findKind("slack", problem)?.[1].status ?? 400, body: problem };
}

/** The trouble in Slack's words: the name of the error as plain text, and when to come back. */
export function slackTrouble({ name, kind: { status }, asked }: Trouble): Answer {
  const body = asked.body ?? (status === 429 ? "rate_limited" : (name ?? statusText(status)));
  if (status !== 429) return { status, body };
  const seconds = Math.ceil(asked.retryAfter ?? RETRY_AFTER_S);
  return { status, body, headers: { "Retry-After": String(seconds) } };
}

/** What Slack keeps: it cuts a long text without a word. */
export function keptBySlack(message: JsonObject): JsonObject {
  const { text } = message;
  if (typeof text !== "string" || text.length <= CUT_AT) return message;
  return { ...message, text: Array.from(text).slice(0, CUT_AT).join("") };
}
