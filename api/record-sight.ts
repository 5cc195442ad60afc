import type { KeyHolder } from "../db/api-keys.ts";
import { type KeyRing, type Place, SecretUnreadable, unseal } from "../db/secrets.ts";
import type { Content, Json } from "../sync/record.ts";

/** What a caller sees of the sensitive part of something. */
export interface Sight {
  /** By field; null where it is masked or cannot be read. */
  sensitive: Record<string, Json>;
  /** There may be values that the caller's role does not show. */
  masked: boolean;
  /** The values are there and sealed with a key that is not, or damaged. */
  unreadable: boolean;
}

export const seesSensitive = ({ role }: KeyHolder): boolean => role !== "member";

/**
 * Opens what is sealed for those who see it; others get the names. Never throws for what it holds: one
 * envelope that does not open must not cost its neighbours their answer.
 */
export function sightOf(
  keyRing: KeyRing,
  sees: boolean,
  of: { names: readonly string[]; place: Place; sealed: string | null },
): Sight {
  const nulls = Object.fromEntries(of.names.map((name) => [name, null]));
  if (!sees) {
    const masked = of.sealed !== null || of.names.length > 0;
    return { sensitive: nulls, masked, unreadable: false };
  }
  if (of.sealed === null) return { sensitive: nulls, masked: false, unreadable: false };
  const opened = open(keyRing, of.place, of.sealed);
  return { sensitive: { ...nulls, ...opened }, masked: false, unreadable: opened === null };
}

function open(keyRing: KeyRing, place: Place, sealed: string): Content | null {
  try {
    return JSON.parse(unseal(keyRing, place, sealed)) as Content;
  } catch (error) {
    if (error instanceof SecretUnreadable || error instanceof SyntaxError) return null;
    throw error;
  }
}
