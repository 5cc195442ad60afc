import { createHmac, timingSafeEqual } from "node:crypto";

export type Verdict = "valid" | "unsigned" | "too old" | "wrong" | "not checked";

const TOLERANCE_S = 5 * 60;

interface Signed {
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** `whsec_` and the key in base64. */
  readonly secret: string | undefined;
}

/**
 * Standard Webhooks: HMAC-SHA256 over id, time and body to the byte. The time is compared with the
 * real clock, by which the sender has signed; the sandbox's clock does not move it.
 */
export function verify({ header, body, secret }: Signed): Verdict {
  if (secret === undefined) return "not checked";
  const id = header("webhook-id");
  const timestamp = header("webhook-timestamp");
  const signatures = header("webhook-signature");
  if (id === undefined || timestamp === undefined || signatures === undefined) return "unsigned";
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const right = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // While a secret is being replaced there are two signatures, with a space between them.
  const matches = signatures.split(" ").some((one) => isSame(one, right));
  if (!matches) return "wrong";
  const isNow = Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE_S;
  return isNow ? "valid" : "too old";
}

function isSame(signature: string, right: Buffer): boolean {
  const [version, text = ""] = signature.split(",", 2);
  const given = Buffer.from(text, "base64");
  return version === "v1" && given.length === right.length && timingSafeEqual(given, right);
}
