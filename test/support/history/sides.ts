import type { Connected } from "../connected.ts";
import type { GoogleEvent, GoogleTime } from "../google.ts";
import type { Stack } from "../stack.ts";

/** An event as both sides should hold it, written down in one form. */
export interface Plain {
  title: string;
  description: string;
  location: string;
  status: string;
  start: string;
  end: string;
  recurrence: string[];
  /** `master id@original start` in the side's own ids; empty for everything but an exception. */
  series: string;
}

export interface Row {
  id: string;
  title: string;
  description: string;
  location: string;
  status: string;
  all_day: boolean;
  start_at: string;
  start_zone: string | null;
  end_at: string;
  end_zone: string | null;
  recurrence: string[];
  master_id: string | null;
  original_start: { date?: string; local?: string } | null;
}

/** Both sides of a connection, each by the ids of our side. */
export interface BothSides {
  here: Map<string, Plain>;
  google: Map<string, Plain>;
  /** Living at Google and linked to nothing of ours. */
  unlinked: GoogleEvent[];
  links: Map<string, string>;
}

export async function readBothSides(stack: Stack, connected: Connected): Promise<BothSides> {
  const rows = await stack.psql<Row>(
    `select id, title, description, location, status, all_day, start_at::text, start_zone, end_at::text, end_zone, recurrence, master_id, original_start
     from events where calendar_id = $1 and deleted_at is null`,
    [connected.calendarId],
  );
  const linked = await stack.psql<{ event_id: string; remote_id: string }>(
    "select event_id, remote_id from links where connection_id = $1 and event_id is not null and remote_id is not null and state <> 'tombstone'",
    [connected.connectionId],
  );
  const links = new Map(linked.map((link) => [link.remote_id, link.event_id]));
  const living = (await stack.google.dump(connected.googleCalendar)).filter(
    (event) => event.tombstone === undefined,
  );
  const google = new Map<string, Plain>();
  for (const event of living) {
    const id = links.get(event.id);
    if (id) google.set(id, plainOfGoogle(event, links));
  }
  return {
    here: new Map(rows.map((row) => [row.id, plainOfRow(row)])),
    google,
    unlinked: living.filter((event) => !links.has(event.id)),
    links,
  };
}

const cancelledOccurrence = (series: string): Plain => ({
  title: "",
  description: "",
  location: "",
  status: "cancelled",
  start: "",
  end: "",
  recurrence: [],
  series,
});

function plainOfRow(row: Row): Plain {
  const series = row.master_id
    ? `${row.master_id}@${(row.original_start?.date ?? row.original_start?.local ?? "").slice(0, 16)}`
    : "";
  if (row.master_id && row.status === "cancelled") return cancelledOccurrence(series);
  const time = (at: string, zone: string | null) =>
    row.all_day ? at.slice(0, 10) : `${at.slice(0, 16).replace(" ", "T")} ${zone}`;
  const { title, description, location, status } = row;
  return {
    title,
    description,
    location,
    status,
    start: time(row.start_at, row.start_zone),
    end: time(row.end_at, row.end_zone),
    recurrence: row.recurrence,
    series,
  };
}

/** The pretend Google answers times in the calendar's zone, which is also that of every event here. */
function plainOfGoogle(event: GoogleEvent, links: ReadonlyMap<string, string>): Plain {
  const original = event.originalStartTime;
  const series = event.recurringEventId
    ? `${links.get(event.recurringEventId)}@${(original?.date ?? original?.dateTime ?? "").slice(0, 16)}`
    : "";
  if (series && event.status === "cancelled") return cancelledOccurrence(series);
  const time = ({ date, dateTime, timeZone }: GoogleTime) =>
    date ?? `${dateTime?.slice(0, 16)} ${timeZone}`;
  const { summary = "", description = "", location = "", status, recurrence = [] } = event;
  return {
    title: summary,
    description,
    location,
    status,
    start: time(event.start),
    end: time(event.end),
    recurrence: series ? [] : recurrence,
    series,
  };
}
