import type { Finished, ReportPart, SessionEnd } from "../db/booking-reports.ts";

/**
 * What a run has come to, from the sessions that served it: numbers, and one line of words. A failed
 * import says so, and takes nothing back of what the rules have done. Pure.
 */
export function reportOf(
  parts: readonly ReportPart[],
  ends: ReadonlyMap<string, SessionEnd>,
): Finished {
  const bookings = tally(
    parts.filter(({ part }) => part === "bookings"),
    ends,
  );
  const imports = tally(
    parts.filter(({ part }) => part === "import"),
    ends,
  );
  const numbers = {
    created: bookings.created,
    changed: bookings.updated,
    cancelled: bookings.deleted,
    imported: imports.created + imports.updated,
    removed: imports.deleted,
  };
  const words = [
    ...bookingWords(numbers, bookings.troubles),
    ...(imports.parts > 0 ? [`Google Calendar: ${importWords(numbers, imports)}`] : []),
  ].join(" · ");
  const isWhole = bookings.troubles.length + imports.troubles.length === 0;
  return { ...numbers, status: isWhole ? "completed" : "error", words };
}

interface Tally {
  parts: number;
  created: number;
  updated: number;
  deleted: number;
  /** Why parts did not come through. */
  troubles: string[];
}

function tally(parts: readonly ReportPart[], ends: ReadonlyMap<string, SessionEnd>): Tally {
  const sum: Tally = { parts: parts.length, created: 0, updated: 0, deleted: 0, troubles: [] };
  for (const { sessionId, reason } of parts) {
    const end = sessionId === null ? undefined : ends.get(sessionId);
    sum.created += end?.created ?? 0;
    sum.updated += end?.updated ?? 0;
    sum.deleted += end?.deleted ?? 0;
    const trouble = reason ?? troubleOf(end);
    if (trouble !== null) sum.troubles.push(trouble);
  }
  return sum;
}

function troubleOf(end: SessionEnd | undefined): string | null {
  if (end?.status === "completed") return null;
  if (end?.status === "error") return end.error ?? "failed";
  return end?.blocked ?? "not finished yet";
}

function bookingWords(
  { created, changed, cancelled }: Pick<Finished, "created" | "changed" | "cancelled">,
  troubles: readonly string[],
): string[] {
  const counted = [
    ...(created > 0 ? [`created ${created}`] : []),
    ...(changed > 0 ? [`changed ${changed}`] : []),
    ...(cancelled > 0 ? [`cancelled ${cancelled}`] : []),
  ];
  if (troubles.length > 0) return [...counted, `bookings failed (${distinct(troubles)})`];
  return counted.length > 0 ? counted : ["bookings unchanged"];
}

function importWords(
  { imported, removed }: Pick<Finished, "imported" | "removed">,
  { parts, troubles }: Tally,
): string {
  const some = [
    ...(imported > 0 ? [`${imported} imported`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
  ];
  if (troubles.length > 0) {
    const which = parts > 1 ? `${troubles.length} of ${parts} failed` : "failed";
    return [...some, `${which} (${distinct(troubles)})`].join(", ");
  }
  return some.length > 0 ? some.join(", ") : "nothing new";
}

const distinct = (troubles: readonly string[]): string => [...new Set(troubles)].join("; ");
