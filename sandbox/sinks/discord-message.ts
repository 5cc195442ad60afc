import { asObject, type JsonObject } from "../json.ts";

/** Discord's time begins with 2015. */
const EPOCH_MS = 1_420_070_400_000;
let last = 0;

/** An id that holds the time, as Discord gives them. */
export function snowflake(nowMs: number): string {
  last = (last + 1) % 4096;
  return String((BigInt(nowMs - EPOCH_MS) << 22n) + BigInt(last));
}

interface Saved {
  readonly id: string;
  readonly webhookId: string;
  readonly content: JsonObject;
  readonly at: number;
}

/** The message object that `wait=true` and an edit are answered with. */
export function messageOf({ id, webhookId, content, at }: Saved): JsonObject {
  const text = String(content["content"] ?? "");
  return {
    id,
    type: 0,
    content: text,
    channel_id: "100000000000000001",
    webhook_id: webhookId,
    author: { id: webhookId, username: content["username"] ?? "Alerts", bot: true },
    embeds: content["embeds"] ?? [],
    attachments: [],
    mentions: [],
    mention_roles: [],
    mention_everyone: pingsEveryone(text, content["allowed_mentions"]),
    pinned: false,
    tts: false,
    timestamp: new Date(at).toISOString(),
    edited_timestamp: content["edited_timestamp"] ?? null,
  };
}

/** Without `allowed_mentions` any text that names everyone reaches everyone (section 3). */
export function pingsEveryone(text: string, allowed: unknown): boolean {
  if (!/@(everyone|here)\b/.test(text)) return false;
  const { parse } = asObject(allowed);
  return allowed === undefined || (Array.isArray(parse) && parse.includes("everyone"));
}
