import { Unfit } from "./unfit.ts";

/** A run of text as a write takes it (reference: Rich text). */
export interface TextRun {
  text: { content: string };
}

/** What Notion takes of one text (reference: Request limits). */
const longestRun = 2_000;
const mostRuns = 100;
/** Four texts of a page and all around them stay within the 500 KB that a request may have. */
const mostBytes = 115_000;
/** Below this no text can break a limit, however it is escaped. */
const surelyFits = 18_000;

/** Beyond this a text is set aside: it would weigh down every page, row and comparison it is in. */
const longestText = 1_048_576;

/** Postgres holds neither NUL nor half a surrogate pair; they become the replacement character. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, "\uFFFD");
}

/** @throws Unfit for a text that is too long to be held; `name` is how the reason calls it */
export function toText(runs: readonly { plain_text: string }[], name: string): string {
  let length = 0;
  for (const run of runs) length += run.plain_text.length;
  if (length > longestText) throw new Unfit(`the ${name} is longer than ${longestText}`);
  return storable(runs.map((run) => run.plain_text).join(""));
}

/** What Notion can hold of a text: as many whole characters of its beginning as fit. */
export function cutText(text: string): string {
  const given = storable(text);
  if (given.length <= surelyFits) return given;
  let end = 0;
  let bytes = 0;
  let run = 0;
  let runs = 1;
  for (const character of given) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    run += character.length;
    if (run > longestRun) {
      run = character.length;
      runs += 1;
    }
    if (runs > mostRuns || bytes > mostBytes) break;
    end += character.length;
  }
  return given.slice(0, end);
}

/** The text in runs of what one may hold; a pair of surrogates stays together. */
export function toRuns(text: string): TextRun[] {
  const runs: TextRun[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + longestRun, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    runs.push({ text: { content: text.slice(at, end) } });
    at = end;
  }
  return runs;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
