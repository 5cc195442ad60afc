import {
  addDays,
  dayMs,
  type Event,
  eventsOf,
  instant,
  type Line,
  type Time,
  timeOf,
} from "./reference-file.ts";
import { byRule } from "./reference-rule.ts";

/**
 * The occurrences of an iCalendar file, worked out once more: by walking through the days and asking
 * the rule about each. It shares nothing with the product, whose way of expanding it is to check.
 *
 * Where a file is malformed it is read as calendars do that accept it:
 * - a DATE that carries a time, or a "Z", is that day; an all-day end that is not later is one day later;
 * - an empty RRULE is none; RDATE, EXDATE and RECURRENCE-ID of an all-day series mean their day, whatever
 *   time they carry; UNTIL in UTC of an all-day series means the day that it is then in the calendar's zone;
 * - DTEND wins over a DURATION beside it; an occurrence whose series is not in the file stands alone;
 * - of several versions of an event the one with the highest SEQUENCE counts.
 */
export interface Happening {
  title: string;
  /** A day, or an instant in ISO form. */
  start: string;
  end: string;
}

/** All occurrences that begin before `to`, in order. Uids in `without` are left out. */
export function happeningsOf(
  ics: string,
  calendarZone: string,
  to: number,
  without: ReadonlySet<string>,
): Happening[] {
  const all = eventsOf(ics, calendarZone, without);
  const found = [...grouped(all, ({ uid }) => uid).values()].flatMap((group) => {
    const masters = group
      .filter(({ original }) => !original)
      .toSorted((a, b) => b.sequence - a.sequence);
    const exceptions = group.filter(({ original }) => original);
    const [master] = masters;
    return master
      ? seriesOf(master, exceptions, calendarZone, to)
      : exceptions.map((event) => shown(event, event.start));
  });
  return inOrder(
    found.filter(({ start }) => instant({ wall: start, zone: null }, calendarZone) < to),
  );
}

export function inOrder(found: readonly Happening[]): Happening[] {
  const key = ({ start, end, title }: Happening): string => `${start} ${end} ${title}`;
  return found.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

/** Days have no instant; of two times, the instant says whether they are the same. */
function keyOf(time: Time): string {
  return time.zone === null ? time.wall : new Date(instant(time, "UTC")).toISOString();
}

/** The event as it happens at another start: as many days long, or exactly as long. */
function shown(event: Event, start: Time): Happening {
  const title = unescaped(event.lines.find(({ name }) => name === "SUMMARY")?.value ?? "");
  if (start.zone === null) {
    const days = (Date.parse(event.end.wall) - Date.parse(event.start.wall)) / dayMs;
    return { title, start: start.wall, end: addDays(start.wall, days) };
  }
  const length = Math.max(0, instant(event.end, "UTC") - instant(event.start, "UTC"));
  const begins = instant(start, "UTC");
  return {
    title,
    start: new Date(begins).toISOString(),
    end: new Date(begins + length).toISOString(),
  };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_all, letter: string) => (/n/i.test(letter) ? "\n" : letter));
}

function seriesOf(
  master: Event,
  exceptions: Event[],
  calendarZone: string,
  to: number,
): Happening[] {
  const starts = new Map<string, Time>([[keyOf(master.start), master.start]]);
  const of = (name: string): Line[] =>
    master.lines.filter((line) => line.name === name && line.value.trim() !== "");
  const listed = (line: Line): Time[] =>
    line.value
      .split(",")
      .map((value) =>
        ofKind(timeOf({ ...line, value }, master.start.zone ?? calendarZone), master.start),
      );
  for (const { value } of of("RRULE")) {
    for (const time of byRule(value, master.start, calendarZone, to)) starts.set(keyOf(time), time);
  }
  for (const time of of("RDATE").flatMap(listed)) starts.set(keyOf(time), time);
  for (const time of of("EXDATE").flatMap(listed)) starts.delete(keyOf(time));
  for (const { original } of exceptions)
    if (original) starts.delete(keyOf(ofKind(original, master.start)));
  const kept = exceptions.filter(
    ({ lines }) => !lines.some(({ name, value }) => name === "STATUS" && value === "CANCELLED"),
  );
  return [
    ...[...starts.values()].map((start) => shown(master, start)),
    ...kept.map((event) => shown(event, event.start)),
  ];
}

function ofKind(time: Time, start: Time): Time {
  if (start.zone === null) return { wall: time.wall.slice(0, 10), zone: null };
  return time.zone === null
    ? { wall: `${time.wall}${start.wall.slice(10)}`, zone: start.zone }
    : time;
}
