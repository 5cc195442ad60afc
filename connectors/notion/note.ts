/**
 * What a write leaves in the key property of a page, in one line that is ours alone:
 *
 *   sl1 <key> <page id> <mark> <zone>
 *
 * `key` is the creation key, `-` on pages that people made. The page id tells the page from a copy,
 * which bears the same line under an id of its own; it is `-` on a page that was just made, whose id
 * nobody knew yet. `zone` is the one that the times were written in: Notion forgets it when a person
 * edits them.
 */
export interface Note {
  key: string | null;
  pageId: string | null;
  mark: string | null;
  zone: string | null;
}

const version = "sl1";

export function noteText({ key, pageId, mark, zone }: Note): string {
  return [version, ...[key, pageId, mark, zone].map(encoded)].join(" ");
}

/** Null for anything that is not such a line, whatever people have written there. */
export function readNote(text: string): Note | null {
  const [found, ...parts] = text.trim().split(/\s+/);
  if (found !== version || parts.length !== 4) return null;
  try {
    const [key = null, pageId = null, mark = null, zone = null] = parts.map(decoded);
    return { key, pageId, mark, zone };
  } catch {
    return null;
  }
}

/** As a note holds it, which is how it is searched for. */
export function encoded(part: string | null): string {
  if (part === null || part === "") return "-";
  return part === "-" ? "%2D" : encodeURIComponent(part).replaceAll("%2F", "/");
}

function decoded(part: string): string | null {
  return part === "-" ? null : decodeURIComponent(part);
}
