import type pg from "pg";
import type { GoogleItem } from "./google.ts";
import type { Binding } from "./hub.ts";
import { momentOfGoogle, momentOfRow } from "./moments.ts";

/** An event in the words of neither side. Ids are each side's own. */
export interface Plain {
  readonly id: string;
  readonly master: string | null;
  readonly fields: Readonly<Record<Field, string>>;
}

export type Field =
  | "title"
  | "description"
  | "location"
  | "status"
  | "start"
  | "end"
  | "recurrence"
  | "original start";

/** A row of ours. */
export interface Row {
  id: string;
  title: string;
  description: string;
  location: string;
  status: string;
  all_day: boolean;
  start_at: string;
  start_zone: string | null;
  start_fold: number;
  end_at: string;
  end_zone: string | null;
  end_fold: number;
  recurrence: string[];
  master_id: string | null;
  original_start: { date: string } | { local: string; zone: string; fold?: number } | null;
}

export function plainOfGoogle(item: GoogleItem, zone: string): Plain {
  const original = item.originalStartTime;
  return {
    id: item.id,
    master: item.recurringEventId ?? null,
    fields: {
      title: item.summary ?? "",
      description: item.description ?? "",
      location: item.location ?? "",
      status: item.status,
      start: item.start ? momentOfGoogle(item.start, zone) : "",
      end: item.end ? momentOfGoogle(item.end, zone) : "",
      recurrence: comparable(item.recurrence ?? []),
      "original start": original ? momentOfGoogle(original, zone) : "",
    },
  };
}

export function plainOfRow(row: Row): Plain {
  const zoneOf = (zone: string | null): string | null => (row.all_day ? null : zone);
  return {
    id: row.id,
    master: row.master_id,
    fields: {
      title: row.title,
      description: row.description,
      location: row.location,
      status: row.status,
      start: momentOfRow(row.start_at, zoneOf(row.start_zone), row.start_fold),
      end: momentOfRow(row.end_at, zoneOf(row.end_zone), row.end_fold),
      recurrence: comparable(row.recurrence),
      "original start": originalOf(row.original_start),
    },
  };
}

function originalOf(original: Row["original_start"]): string {
  if (original === null) return "";
  if ("date" in original) return original.date;
  return momentOfRow(original.local, original.zone, original.fold ?? 0);
}

/** Rules whatever the order of their parts. */
function comparable(lines: readonly string[]): string {
  const sorted = lines.map((line) => {
    const [name = "", value = ""] = line.split(/:(.*)/s);
    const parts = value.split(";").filter((part) => part !== "INTERVAL=1");
    return `${name}:${/^(RRULE|EXRULE)$/i.test(name) ? parts.toSorted().join(";") : value}`;
  });
  return sorted.toSorted().join("\n");
}

/** What is alive on our side, cancelled occurrences included. */
export async function readRows(sql: pg.Client, { calendarId }: Binding): Promise<Row[]> {
  const { rows } = await sql.query<Row>(
    `select id, title, description, location, status, all_day, to_char(start_at, 'YYYY-MM-DD"T"HH24:MI:SS') as start_at,
       start_zone, start_fold, to_char(end_at, 'YYYY-MM-DD"T"HH24:MI:SS') as end_at, end_zone, end_fold, recurrence,
       master_id, original_start
     from events where calendar_id = $1 and deleted_at is null order by created_at, id`,
    [calendarId],
  );
  return rows;
}

/** Who is whom on the other side, and what could not be held. */
export interface LinkRow {
  event_id: string | null;
  remote_id: string | null;
  state: string;
  reason: string | null;
}

export async function readLinks(sql: pg.Client, { connectionId }: Binding): Promise<LinkRow[]> {
  const { rows } = await sql.query<LinkRow>(
    "select event_id, remote_id, state, reason from links where connection_id = $1",
    [connectionId],
  );
  return rows;
}

/** Each row's last writer, which every update changes, also one that changes nothing. */
export async function readWriters(
  sql: pg.Client,
  { calendarId }: Binding,
): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; writer: string }>(
    "select id, xmin::text as writer from events where calendar_id = $1",
    [calendarId],
  );
  return new Map(rows.map(({ id, writer }) => [id, writer]));
}
