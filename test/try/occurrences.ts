import { instantOfWall } from "../../start/try/moments.ts";
import type { Row } from "../../start/try/sides.ts";
import type { EventFields, EventTime } from "../../sync/event.ts";
import { expand } from "../../sync/recurrence.ts";
import { grouped, type Happening, inOrder } from "./reference.ts";

const most = 100_000;

/** What our rows show in a window. */
export function occurrencesOf(
  rows: readonly Row[],
  window: { from: number; to: number },
  calendarZone: string,
): Happening[] {
  const exceptions = grouped(rows, (row) => row.master_id);
  const found = (exceptions.get(null) ?? []).flatMap((row) => {
    const own = (exceptions.get(row.id) ?? []).map((exception) => ({
      fields: fieldsOf(exception),
      ...(exception.original_start && { originalStart: exception.original_start as EventTime }),
    }));
    const shown = expand({ fields: fieldsOf(row), exceptions: own }, window, calendarZone, most);
    return shown.map(({ fields: { title, start, end } }) => ({
      title,
      start: textOf(start),
      end: textOf(end),
    }));
  });
  return inOrder(found);
}

function fieldsOf(row: Row): EventFields {
  const { title, description, location, recurrence } = row;
  const time = (at: string, zone: string | null, fold: number): EventTime =>
    row.all_day
      ? { date: at.slice(0, 10) }
      : { local: at, zone: zone ?? "", ...(fold === 1 && { fold: 1 }) };
  return {
    title,
    description,
    location,
    notes: "",
    status: row.status as EventFields["status"],
    start: time(row.start_at, row.start_zone, row.start_fold),
    end: time(row.end_at, row.end_zone, row.end_fold),
    recurrence,
  };
}

function textOf(time: EventTime): string {
  if ("date" in time) return time.date;
  return new Date(instantOfWall(time.local, time.zone, time.fold === 1)).toISOString();
}
