import { createHmac } from "node:crypto";
import type { Message } from "./message.ts";
import { cut, inert, oneLine } from "./text.ts";

/** The body as Standard Webhooks has it: `type`, `timestamp`, `data`. */
export function renderWebhook(message: Message) {
  return {
    type: "notices",
    timestamp: message.at,
    data: {
      severity: message.severity,
      title: cut(oneLine(message.title), 1_000),
      notices: message.notices.map((notice) => ({
        ...notice,
        text: cut(inert(notice.text), 4_000),
        about: notice.about === null ? null : cut(oneLine(notice.about), 500),
      })),
      more: message.more,
    },
  };
}

/** Headers that let a receiver check who sent it, and that it is not a repeat from long ago. */
export function signed(
  id: string,
  atMs: number,
  body: string,
  secret: string,
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}
