import { createHmac } from "node:crypto";
import { sameDigest } from "../db/secrets.ts";

const mostSeconds = 300;

export interface SlackSigned {
  secret: string;
  raw: Buffer;
  /** As often as they came. */
  timestamp: readonly string[] | undefined;
  signature: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * The digest that Slack has signed a request with, or null where it has not: a signature of another
 * shape, one that came twice, one of other bytes, and one whose time is more than five minutes away.
 * Equal for two requests only where they are the same one.
 */
export function signedDigest({
  secret,
  raw,
  timestamp,
  signature,
  now,
}: SlackSigned): Buffer | null {
  const [, hex] = /^v0=([0-9a-f]{64})$/i.exec(signature?.join(",") ?? "") ?? [];
  const [at] = /^\d{1,12}$/.exec(timestamp?.join(",") ?? "") ?? [];
  if (hex === undefined || at === undefined) return null;
  if (Math.abs(Math.floor(now / 1000) - Number(at)) > mostSeconds) return null;
  const digest = createHmac("sha256", secret).update(`v0:${at}:`).update(raw).digest();
  return sameDigest(Buffer.from(hex, "hex"), digest) ? digest : null;
}
