import type { Carried } from "../db/delivery-queries.ts";
import type { Message, NoticeLine, Severity } from "../notifiers/message.ts";

const mostLines = 100;

/** One message of one or more notices; `detail` says whether what people call things may be in it. */
export function messageOf(
  id: string,
  carried: readonly Carried[],
  detail: "full" | "minimal",
): Message {
  const shown = carried.slice(0, mostLines);
  const [first] = shown;
  const title =
    carried.length === 1 && first
      ? `${labelOf(first, detail) ?? "Syncline"}: ${titles[first.kind] ?? first.kind}`
      : `${carried.length} notices: ${countsOf(carried)}`;
  return {
    id,
    severity: loudest(carried),
    title,
    at: carried.at(-1)?.at ?? new Date(0).toISOString(),
    notices: shown.map((notice) => lineOf(notice, detail)),
    more: carried.length - shown.length,
  };
}

const titles: Record<string, string> = {
  failed: "sync fails",
  needs_reauth: "disconnected",
  late: "late",
  held: "held",
  undecided: "a conflict waits",
  recovered: "recovered",
  conflict: "conflicts still wait",
  deletions: "deletions still wait",
  preview: "a preview still waits",
  "target disabled": "a notification target was switched off",
};

function lineOf(notice: Carried, detail: "full" | "minimal"): NoticeLine {
  const { id, kind, severity, at, text, connectionId } = notice;
  return { id, kind, severity, at, text, connectionId, about: labelOf(notice, detail) };
}

/** The provider and the beginning of the id name a connection without telling what it is called. */
function labelOf(
  { connectionId, provider, name }: Carried,
  detail: "full" | "minimal",
): string | null {
  if (connectionId === null) return null;
  const bare = `${provider ?? "connection"} ${connectionId.slice(0, 8)}`;
  return detail === "full" && name !== null ? `${name} (${bare})` : bare;
}

function countsOf(carried: readonly Carried[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of carried) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${titles[kind] ?? kind}`).join(", ");
}

function loudest(carried: readonly Carried[]): Severity {
  if (carried.some(({ severity }) => severity === "error")) return "error";
  return carried.some(({ severity }) => severity === "warn") ? "warn" : "info";
}
