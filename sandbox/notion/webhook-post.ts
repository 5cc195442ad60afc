import { createHmac } from "node:crypto";
import type { JsonObject } from "../json.ts";

const ANSWER_TIMEOUT_MS = 10_000;

/** Posts a signed body; undefined when nobody answered. */
export async function post(
  url: string,
  body: JsonObject,
  key: string,
): Promise<number | undefined> {
  const text = JSON.stringify(body);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-notion-signature": `sha256=${signature}`,
        "user-agent": "notion-api",
      },
      body: text,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
