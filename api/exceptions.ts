import { readCalendar } from "../db/calendars.ts";
import type { Tx } from "../db/client.ts";
import { readEvent } from "../db/event-queries.ts";
import type { EventItem, EventTime } from "../sync/event.ts";
import { expand, type Occurrence } from "../sync/recurrence.ts";
import { sameMoment } from "../sync/time.ts";
import { instantOf, readClock, readDay } from "./event-times.ts";
import { wrong } from "./problems.ts";

/**
 * What an exception of a series begins as: the occurrence that it stands in for, in the form in which
 * the series gives its start. @throws Problem when there is no such series or occurrence
 */
export async function exceptionOf(
  tx: Tx,
  masterId: string,
  originalStart: string,
): Promise<{ calendarId: string; item: EventItem }> {
  const master = await readEvent(tx, masterId);
  if (!master || master.deletedAt || master.item.fields.recurrence.length === 0) {
    throw wrong("/masterId", "is not a series of this company");
  }
  const calendar = await readCalendar(tx, master.calendarId);
  const occurrence = occurrenceAt(master.item, originalStart, calendar?.zone ?? "UTC");
  if (!occurrence) throw wrong("/originalStart", "is not the start of an occurrence of the series");
  return {
    calendarId: master.calendarId,
    item: {
      fields: { ...occurrence.fields, recurrence: [] },
      master: masterId,
      originalStart: occurrence.originalStart,
    },
  };
}

function occurrenceAt(
  master: EventItem,
  text: string,
  calendarZone: string,
): Occurrence | undefined {
  const { start } = master.fields;
  const wanted: EventTime =
    "date" in start
      ? { date: readDay(text, "/originalStart").date }
      : readClock(text, start.zone, "/originalStart");
  const from = instantOf(wanted, calendarZone);
  const found = expand(
    { fields: master.fields, exceptions: [] },
    { from, to: from + 1 },
    calendarZone,
    100,
  );
  return found.find((occurrence) => sameMoment(occurrence.originalStart, wanted));
}
