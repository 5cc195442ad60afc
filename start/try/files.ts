import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { isZone } from "./options.ts";

export interface IcsFile {
  readonly name: string;
  readonly text: string;
  /** How many VEVENTs it has. */
  readonly events: number;
  /** The zone that the file gives its calendar, if it does. */
  readonly zone: string | undefined;
}

/** A file that cannot be taken, and why in words. */
export interface BadFile {
  readonly name: string;
  readonly problem: string;
}

/** Every file of the paths, a folder standing for the .ics files in it. */
export function readFiles(paths: readonly string[]): (IcsFile | BadFile)[] {
  const found = paths.flatMap((path) => within(path));
  const alone = (path: string): boolean =>
    found.filter((other) => basename(other.path) === basename(path)).length === 1;
  return found.map(({ path, problem }) => {
    const name = alone(path) ? basename(path) : path;
    return problem === undefined ? readFile(path, name) : { name, problem };
  });
}

function within(path: string): { path: string; problem?: string }[] {
  try {
    if (!statSync(path).isDirectory()) return [{ path }];
    const names = readdirSync(path).filter((name) => /\.ics$/i.test(name));
    if (names.length === 0) return [{ path, problem: "the folder holds no .ics file" }];
    return names.toSorted().map((name) => ({ path: join(path, name) }));
  } catch (error) {
    return [{ path, problem: whyUnreadable(error) }];
  }
}

function readFile(path: string, name: string): IcsFile | BadFile {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
    const problem = whyMalformed(text);
    return problem === undefined ? { name, text, ...factsOf(text) } : { name, problem };
  } catch (error) {
    return { name, problem: whyUnreadable(error) };
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "it may not be read";
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "it is not UTF-8 text";
  return error instanceof Error ? error.message : String(error);
}

/**
 * What is wrong with the frame of a file: a calendar that was cut off, or is something else, must not
 * pass for one with fewer events. What is wrong inside an event is that event's affair.
 */
function whyMalformed(text: string): string | undefined {
  const lines = text.split(/\r\n|\r|\n/);
  const first = lines.find((line) => line.trim() !== "") ?? "";
  if (!/^BEGIN:VCALENDAR\s*$/i.test(first)) return "it does not begin with BEGIN:VCALENDAR";
  const open: { name: string; line: number }[] = [];
  for (const [at, line] of lines.entries()) {
    const [, word, name = ""] = /^(BEGIN|END):\s*(\S+)\s*$/i.exec(line) ?? [];
    if (word === undefined) continue;
    if (word.toUpperCase() === "BEGIN") open.push({ name: name.toUpperCase(), line: at + 1 });
    else {
      const last = open.pop();
      if (last?.name !== name.toUpperCase()) return mismatch(name, at + 1, last);
    }
  }
  const left = open.at(-1);
  if (left)
    return `BEGIN:${left.name} of line ${left.line} is never ended: it may have been cut off`;
  return /^BEGIN:VEVENT\s*$/im.test(text) ? undefined : "it holds no events";
}

function mismatch(name: string, line: number, open: { name: string; line: number } | undefined) {
  const there = open ? `BEGIN:${open.name} of line ${open.line} is still open` : "nothing is open";
  return `line ${line} has END:${name} where ${there}`;
}

function factsOf(text: string): Pick<IcsFile, "events" | "zone"> {
  const events = text.match(/^BEGIN:VEVENT\s*$/gim)?.length ?? 0;
  const named = /^X-WR-TIMEZONE:(.*)$/im.exec(text)?.[1] ?? "";
  const used = /^DTSTART;TZID="?([^":]+)/im.exec(text)?.[1] ?? "";
  const zone = [named.trim(), used.trim()].find((name) => name !== "" && isZone(name));
  return { events, zone };
}
