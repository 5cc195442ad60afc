import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/**
 * Secrets at rest: `v1|kid|nonce|ciphertext|tag`, AES-256-GCM with a random 96-bit nonce. The place
 * where a secret is kept is authenticated with it, so that an envelope copied to another row, column
 * or company does not open.
 */
export interface KeyRing {
  /** The key that seals; the others only open. */
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** Where a secret is kept. */
export interface Place {
  table: string;
  column: string;
  companyId: string;
  rowId: string;
}

/** A secret that cannot be read; the message says why and never what it holds. */
export class SecretUnreadable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SecretUnreadable";
  }
}

const version = "v1";
const nonceBytes = 12;
const tagBytes = 16;

/** @param texts `id:base64` of 32 bytes each, the current one first, as `ENCRYPTION_KEYS` has them. */
export function openKeyRing(texts: readonly string[]): KeyRing {
  const keys = new Map<string, Buffer>();
  for (const text of texts) {
    const [id = "", encoded = ""] = text.split(":");
    const key = Buffer.from(encoded, "base64");
    if (id === "" || key.length !== 32)
      throw new SecretUnreadable("an encryption key is not `id:base64` of 32 bytes");
    if (keys.has(id)) throw new SecretUnreadable(`two encryption keys are called ${id}`);
    keys.set(id, key);
  }
  const [current] = keys.keys();
  if (current === undefined) throw new SecretUnreadable("there is no encryption key");
  return { current, keys };
}

export function seal(ring: KeyRing, place: Place, secret: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(ring, ring.current), nonce, {
    authTagLength: tagBytes,
  });
  cipher.setAAD(associated(place, ring.current));
  const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return [
    version,
    ring.current,
    ...[nonce, sealed, cipher.getAuthTag()].map((part) => part.toString("base64url")),
  ].join("|");
}

/** @throws SecretUnreadable when the key is unknown, or the envelope is damaged or from another place. */
export function unseal(ring: KeyRing, place: Place, envelope: string): string {
  const [found, kid, ...parts] = envelope.split("|");
  const [nonce, sealed, tag] = parts.map((part) => Buffer.from(part, "base64url"));
  if (found !== version || kid === undefined || parts.length !== 3 || !nonce || !sealed || !tag) {
    throw new SecretUnreadable(
      `${place.table}.${place.column} of ${place.rowId} is not a ${version} envelope`,
    );
  }
  const key = keyOf(ring, kid);
  try {
    if (nonce.length !== nonceBytes || tag.length !== tagBytes)
      throw new RangeError("wrong lengths");
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(associated(place, kid));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
  } catch {
    throw new SecretUnreadable(
      `${place.table}.${place.column} of ${place.rowId} does not open: it is damaged, or was sealed for another row`,
    );
  }
}

/** How every envelope begins that was sealed with the current key. */
export function envelopeStart(ring: KeyRing): string {
  return `${version}|${ring.current}|`;
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

/** Compares digests in constant time; unequal lengths are unequal and no error. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** 256 random bits as 43 characters of base64url. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

function keyOf(ring: KeyRing, kid: string): Buffer {
  const key = ring.keys.get(kid);
  if (!key) throw new SecretUnreadable(`the encryption key ${kid} is not among ENCRYPTION_KEYS`);
  return key;
}

function associated(place: Place, kid: string): Buffer {
  return Buffer.from(
    [place.table, place.column, place.companyId, place.rowId, kid].join("|"),
    "utf8",
  );
}
