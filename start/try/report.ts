import type { BadFile } from "./files.ts";
import type { Result } from "./trial.ts";

const columns: readonly (readonly [head: string, cell: (result: Result) => string])[] = [
  ["file", ({ file }) => file],
  ["events", ({ events }) => String(events)],
  ["loaded", ({ loaded }) => String(loaded)],
  ["set aside", ({ setAside }) => String(setAside.length)],
  ["in step", ({ first }) => `${first.inStep}/${first.items}`],
  ["edits here + Google", ({ edits }) => `${edits.here} + ${edits.google}`],
  ["in step after", ({ after }) => `${after.inStep}/${after.items}`],
  ["writes after", ({ writes }) => String(writes.here + writes.google)],
  ["duplicates", ({ duplicates }) => String(duplicates)],
  ["seconds", ({ seconds }) => seconds.toFixed(1)],
];

/** One table for all files, then what was set aside and what is wrong. */
export function reportText(results: readonly Result[], bad: readonly BadFile[]): string {
  const parts = [
    results.length > 0 ? table(results) : "",
    section(
      "Set aside",
      results.filter(({ setAside }) => setAside.length > 0),
      reasons,
    ),
    section(
      "Not as it should be",
      results.filter(({ problems }) => problems.length > 0),
      ({ problems }) => problems,
    ),
    bad.length === 0
      ? ""
      : ["Not taken:", ...bad.map(({ name, problem }) => `  ${name}: ${problem}`)].join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function table(results: readonly Result[]): string {
  const lines = [
    columns.map(([head]) => head),
    ...results.map((result) => columns.map(([, cell]) => cell(result))),
  ];
  const widths = columns.map((_column, at) =>
    Math.max(...lines.map((line) => line[at]?.length ?? 0)),
  );
  const text = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const [head = "", ...body] = text;
  return [head, "-".repeat(head.length), ...body].join("\n");
}

function section(
  title: string,
  results: readonly Result[],
  lines: (result: Result) => readonly string[],
): string {
  if (results.length === 0) return "";
  return [
    `${title}:`,
    ...results.flatMap((result) => [`  ${result.file}`, ...shortened(lines(result))]),
  ].join("\n");
}

const mostLines = 20;

function shortened(lines: readonly string[]): string[] {
  const more = lines.length - mostLines;
  return [...lines.slice(0, mostLines), ...(more > 0 ? [`… and ${more} more`] : [])].map(
    (line) => `    ${line}`,
  );
}

function reasons({ setAside }: Result): string[] {
  return setAside.map(({ what, reason }) => `${reason}: ${what}`);
}

/** For programs: what the text says, whole. */
export function reportJson(results: readonly Result[], bad: readonly BadFile[]): string {
  return JSON.stringify({ files: results, notTaken: bad, ok: isFine(results, bad) }, null, 2);
}

export function isFine(results: readonly Result[], bad: readonly BadFile[]): boolean {
  return bad.length === 0 && results.every(({ problems }) => problems.length === 0);
}
