import type { EditedField, Shape } from "./plan.ts";

/** Every value that an edit writes is new, so that it can be found wherever it ends up. */
export interface Values {
  /** What to look for. */
  text: string;
  title?: string;
  description?: string;
  location?: string;
  /** A date, or a wall clock to the minute. */
  start?: string;
  end?: string;
  recurrence?: string[];
}

export const zone = "Europe/Amsterdam";

export function valuesOf(
  marker: string,
  { field, item, n }: { field: EditedField; item: number; n: number },
): Values {
  switch (field) {
    case "title":
      return { text: marker, title: titleOf(item, marker) };
    case "description":
      return { text: marker, description: `text ${marker}` };
    case "location":
      return { text: marker, location: `room ${marker}` };
    case "move":
      return { text: moved(n), start: moved(n), end: `${moved(n).slice(0, 14)}59` };
    case "all-day":
      return { text: day(n), start: day(n), end: day(n, 1) };
    case "length":
      return { text: `COUNT=${100 + n}`, recurrence: [`RRULE:FREQ=DAILY;COUNT=${100 + n}`] };
  }
}

export const titleOf = (item: number, marker: string) => `#${item}# ${marker}`;

export function firstValues(
  shape: Shape,
  item: number,
  n: number,
  marker: string,
): Required<Omit<Values, "description" | "location">> {
  const title = titleOf(item, marker);
  if (shape === "all-day")
    return { text: marker, title, start: day(n), end: day(n, 1), recurrence: [] };
  const recurrence = shape === "series" ? ["RRULE:FREQ=DAILY;COUNT=90"] : [];
  return { text: marker, title, start: "2026-12-01T10:00", end: "2026-12-01T11:00", recurrence };
}

/** The start that a series gives to one of its occurrences. */
export const occurrenceStart = (day: number) => `2026-12-0${1 + day}T10:00`;

/** Where an edit moves an occurrence: within its day, to a minute of its own. */
export function occurrenceMoved(day: number, n: number): { start: string; end: string } {
  const clock = (minutes: number) =>
    new Date(Date.UTC(2026, 11, 1 + day, 12, minutes)).toISOString().slice(0, 16);
  return { start: clock(n), end: clock(n + 30) };
}

const day = (n: number, more = 0) =>
  new Date(Date.UTC(2031, 0, 1 + 3 * n + more)).toISOString().slice(0, 10);
/** In summer, far from any clock change, and no two of a history alike. */
const moved = (n: number) => `${new Date(Date.UTC(2027, 5, 1, n)).toISOString().slice(0, 14)}17`;
