import type pg from "pg";
import type { GoogleCalendar, GoogleItem } from "./google.ts";
import type { Binding } from "./hub.ts";
import {
  type Field,
  type LinkRow,
  type Plain,
  plainOfGoogle,
  plainOfRow,
  readLinks,
  readRows,
  type Row,
} from "./sides.ts";

export interface SetAside {
  readonly what: string;
  readonly reason: string;
}

/** Both sides, held against each other item by item. */
export interface Comparison {
  readonly google: readonly GoogleItem[];
  readonly rows: readonly Row[];
  readonly links: readonly LinkRow[];
  /** Items that either side has, those set aside left out. */
  readonly items: number;
  readonly inStep: number;
  readonly setAside: readonly SetAside[];
  /** A sentence for each item that is not in step. */
  readonly differences: readonly string[];
}

export async function compareSides(
  sql: pg.Client,
  binding: Binding,
  calendar: GoogleCalendar,
): Promise<Comparison> {
  const [google, rows, links] = [
    await calendar.held(),
    await readRows(sql, binding),
    await readLinks(sql, binding),
  ];
  const linkOf = new Map(links.map((link) => [link.remote_id, link]));
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const setAside: SetAside[] = [];
  const differences: string[] = [];
  const met = new Set<string>();
  for (const item of google) {
    const link = linkOf.get(item.id);
    const reason = whyNotHeld(item, link);
    const row = rowOf.get(link?.event_id ?? "");
    if (reason !== null) setAside.push({ what: nameOf(item), reason });
    else if (!row) differences.push(`${nameOf(item)}: only Google has it`);
    else {
      const other = linkOf.get(item.recurringEventId ?? "")?.event_id ?? null;
      const found = difference(plainOfGoogle(item, calendar.zone), plainOfRow(row), other);
      if (found !== null) differences.push(`${nameOf(item)}: ${found}`);
    }
    if (row) met.add(row.id);
  }
  const lonely = rows.filter((row) => !met.has(row.id));
  for (const row of lonely) differences.push(`${row.title || row.id}: only we have it`);
  const items = google.length - setAside.length + lonely.length;
  return { google, rows, links, items, inStep: items - differences.length, setAside, differences };
}

function nameOf(item: GoogleItem): string {
  return item.summary || item.id;
}

/** Why Google's item is rightly not among ours, or null when it ought to be. */
function whyNotHeld(item: GoogleItem, link: LinkRow | undefined): string | null {
  if (link?.state === "set-aside") return link.reason ?? "set aside without a reason";
  if (link?.state === "waiting") return "an occurrence whose series has not arrived";
  const pulled = ["default", "focusTime", "fromGmail", "outOfOffice"].includes(item.eventType);
  return link || pulled ? null : `Google holds it as "${item.eventType}", which is not pulled`;
}

/** Of an occurrence that does not take place, nothing but that and its place in the series counts. */
const ofCancelled: readonly Field[] = ["status", "original start"];

function difference(google: Plain, ours: Plain, master: string | null): string | null {
  if (ours.master !== master) return "belongs to another series";
  const cancelled = google.fields.status === "cancelled";
  const fields = cancelled ? ofCancelled : (Object.keys(google.fields) as Field[]);
  const differing = fields.filter((field) => google.fields[field] !== ours.fields[field]);
  if (differing.length === 0) return null;
  const told = differing.map(
    (field) =>
      `${field} is ${quoted(google.fields[field])} at Google and ${quoted(ours.fields[field])} here`,
  );
  return told.join(", ");
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
