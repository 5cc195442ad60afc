import { createHash } from "node:crypto";

/** Lower-case base32hex, the alphabet that a client-chosen id may use (reference: Events: insert). */
const alphabet = "0123456789abcdefghijklmnopqrstuv";

/** The id under which an item with this creation key is made: 52 characters, the same every time. */
export function idFor(key: string): string {
  return base32hex(createHash("sha256").update(key, "utf8").digest());
}

function base32hex(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31];
}
