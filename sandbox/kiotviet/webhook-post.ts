import { createHmac } from "node:crypto";
import type { KiotVietSettings } from "./settings.ts";

interface Message {
  readonly id: string;
  readonly url: string;
  readonly type: string;
  readonly text: string;
  /** What signs it; without one no signature is sent. */
  readonly key: string | null;
}

/** The signature is of SHA-256, whatever the label says. */
function signed(text: string, key: string, label: KiotVietSettings["signatureLabel"]): string {
  const digits = createHmac("sha256", key).update(text).digest("hex");
  return label === "none" ? digits : `${label}${digits}`;
}

/** Posts a message; undefined when nobody answered in time. */
export async function post(
  { id, url, type, text, key }: Message,
  settings: KiotVietSettings,
): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key === null ? {} : { "x-hub-signature": signed(text, key, settings.signatureLabel) }),
        ...(settings.webhookHeaders ? { "x-webhook-event": type, "x-webhook-delivery": id } : {}),
      },
      body: text,
      redirect: "manual",
      signal: AbortSignal.timeout(settings.webhookAnswerMs),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
