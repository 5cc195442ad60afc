/** Control characters, line and paragraph separators, and what turns the direction of writing. */
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Others may have written it: what a reader would not see, or would see in another order, is gone. */
export const inert = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(unprintable, "")
    .replaceAll(/[\ud800-\udfff]/gu, "\ufffd");

/** For subjects, headers and titles. */
export const oneLine = (text: string): string => inert(text).replaceAll(/\s+/g, " ").trim();

/**
 * At most `most` code points once each has been escaped; what is cut off is shown by an ellipsis. No
 * escape and no character is cut in two.
 */
export function cut(text: string, most: number, escape = (point: string) => point): string {
  const parts: string[] = [];
  let length = 0;
  let atEllipsis = 0;
  for (const point of text) {
    const escaped = escape(point);
    length += Array.from(escaped).length;
    if (length > most) return `${parts.slice(0, atEllipsis).join("")}…`;
    parts.push(escaped);
    if (length < most) atEllipsis = parts.length;
  }
  return parts.join("");
}
