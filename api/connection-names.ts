import type { ConnectionNames } from "../db/connection-names.ts";

const leastOfId = 4;

/**
 * The connections that a word of a person's names, in their order: by id; else by name; else by the
 * beginning of an id; else by provider; else by the beginning of a name or a provider. The first of these
 * that fits anything decides, so that a whole name is never ambiguous with the beginning of a longer one.
 * Letter case does not matter.
 */
export function named(all: readonly ConnectionNames[], word: string): ConnectionNames[] {
  const wanted = folded(word);
  if (wanted === "") return [];
  const isPrefixOfId = wanted.length >= leastOfId && /^[0-9a-f-]+$/.test(wanted);
  const tests: ((of: ConnectionNames) => boolean)[] = [
    ({ id }) => id === wanted,
    ({ names }) => names.some((name) => folded(name) === wanted),
    ({ id }) => isPrefixOfId && id.startsWith(wanted),
    ({ provider }) => provider === wanted,
    ({ names, provider }) => [provider, ...names].some((name) => folded(name).startsWith(wanted)),
  ];
  for (const test of tests) {
    const found = all.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

/** What a person reads: the name first, and enough of the id to tell two apart. */
export function labelOf({ id, provider, names }: ConnectionNames): string {
  const [name] = names;
  const what = name === undefined ? provider : `${name} (${provider})`;
  return `${what} ${id.slice(0, 8)}`;
}

const folded = (text: string): string =>
  text.normalize("NFC").trim().replaceAll(/\s+/g, " ").toLowerCase();
