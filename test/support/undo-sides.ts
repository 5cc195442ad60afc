import type { Connected } from "./connected.ts";
import type { GoogleEvent, GoogleTime } from "./google.ts";
import type { Row } from "./history/sides.ts";
import type { Stack } from "./stack.ts";

/** What people see on either side, each thing in one line; an occurrence that is as its series gives it in none. */
export interface SeenSides {
  here: string[];
  there: string[];
}

interface Seen {
  /** Who it is: its own id here; at Google what is made anew has another. */
  id: string;
  title: string;
  description: string;
  location: string;
  cancelled: boolean;
  start: string;
  end: string;
  recurrence: string[];
  series?: Seen | undefined;
  place: string;
}

export async function bothSides(stack: Stack, team: Connected): Promise<SeenSides> {
  const rows = await stack.psql<Row>(
    `select id, title, description, location, status, all_day, start_at::text, start_zone, end_at::text, end_zone,
       recurrence, master_id, original_start from events where calendar_id = $1 and deleted_at is null`,
    [team.calendarId],
  );
  const dump = (await stack.google.dump(team.googleCalendar)).filter(
    ({ tombstone }) => tombstone === undefined,
  );
  const masters = dump.map((event) => event.recurringEventId ?? null);
  return {
    here: lines(
      rows.map(ofRow),
      rows.map((row) => row.master_id),
      true,
    ),
    there: lines(dump.map(ofGoogle), masters, false),
  };
}

function lines(all: Seen[], masters: (string | null)[], keepsIds: boolean): string[] {
  const byId = new Map(all.map((one) => [one.id, one]));
  return all
    .map((one, at) => ({ ...one, series: byId.get(masters[at] ?? "") }))
    .filter((one) => !isAsGiven(one))
    .map(({ series, ...seen }) => {
      const one = { ...seen, id: keepsIds ? seen.id : undefined };
      const of = series && { title: series.title, start: series.start };
      const plain = one.cancelled && of ? { cancelled: true, place: one.place } : one;
      return JSON.stringify({ ...plain, of });
    })
    .toSorted();
}

/** An occurrence that is what its series gives at its place. */
function isAsGiven(one: Seen): boolean {
  const { series } = one;
  if (!series || one.cancelled) return false;
  const same =
    one.title === series.title &&
    one.description === series.description &&
    one.location === series.location;
  return (
    same && one.start.slice(0, 16) === one.place.slice(0, 16) && lengthOf(one) === lengthOf(series)
  );
}

const lengthOf = ({ start, end }: Seen) =>
  Date.parse(`${end.slice(0, 16)}Z`) - Date.parse(`${start.slice(0, 16)}Z`);

function ofRow(row: Row): Seen {
  const { id, title, description, location, recurrence, original_start: place } = row;
  const at = (text: string) =>
    row.all_day ? text.slice(0, 10) : text.slice(0, 16).replace(" ", "T");
  return {
    id,
    title,
    description,
    location,
    cancelled: row.status === "cancelled",
    start: at(row.start_at),
    end: at(row.end_at),
    recurrence,
    place: place?.date ?? place?.local ?? "",
  };
}

function ofGoogle(event: GoogleEvent): Seen {
  const { summary = "", description = "", location = "", status, recurrence = [] } = event;
  const at = (time: GoogleTime | undefined) => time?.date ?? time?.dateTime?.slice(0, 16) ?? "";
  return {
    id: event.id,
    title: summary,
    description,
    location,
    cancelled: status === "cancelled",
    start: at(event.start),
    end: at(event.end),
    recurrence: event.recurringEventId ? [] : recurrence,
    place: at(event.originalStartTime),
  };
}
