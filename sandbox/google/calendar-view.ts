import type { CalendarData } from "./calendar.ts";
import type { EventResource } from "./event.ts";
import type { Upcoming } from "./upcoming.ts";

/** What the page of a calendar shows. */
export interface CalendarView {
  readonly accounts: readonly string[];
  readonly account: string;
  readonly calendars: readonly CalendarData[];
  readonly calendar: CalendarData;
  readonly events: readonly Upcoming[];
  readonly edited: EventResource | undefined;
  readonly problem: string | undefined;
}

/** The query under which the page is found again. */
export function placeQuery({ account, calendar }: CalendarView): string {
  return new URLSearchParams({ account, calendar: calendar.id }).toString();
}
