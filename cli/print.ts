import type { Session } from "./shapes.ts";

/** What a terminal would obey, or show in another order. Line breaks become blanks: a row is a line. */
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** Texts of others, made harmless for a terminal. */
export const inert = (text: string): string => text.replaceAll(unprintable, " ");

export type Cell = string | number | boolean | null | undefined;

const longest = 60;

/** Columns as wide as their longest cell; the last one as long as it is. Says so where there is nothing. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return "(nothing)";
  const all = [head, ...rows.map((row) => row.map(text))];
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function text(cell: Cell): string {
  const shown = cell === null || cell === undefined ? "-" : inert(String(cell));
  const points = Array.from(shown);
  return points.length > longest ? `${points.slice(0, longest - 1).join("")}…` : shown;
}

/** To the minute, in UTC, and saying so. */
export function time(at: string | null | undefined): string {
  return at ? `${at.slice(0, 16).replace("T", " ")}Z` : "-";
}

export interface FiveNumbers {
  created: number;
  updated: number;
  deleted: number;
  unchanged: number;
  failed: number;
}

/** Always the same five, for both sides together. */
export function fiveNumbers({ local, remote }: Pick<Session, "local" | "remote">): FiveNumbers {
  return {
    created: local.created + remote.created,
    updated: local.updated + remote.updated,
    deleted: local.deleted + remote.deleted,
    unchanged: local.unchanged + remote.unchanged,
    failed: local.failed + remote.failed,
  };
}

export function numbersText(of: FiveNumbers): string {
  return `${of.created} created, ${of.updated} updated, ${of.deleted} deleted, ${of.unchanged} unchanged, ${of.failed} failed`;
}
