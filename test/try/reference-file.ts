import { instantOfWall } from "../../start/try/moments.ts";

/** The events of an iCalendar file, read leniently; see `reference.ts` for how. */
export interface Line {
  name: string;
  params: string;
  value: string;
}

/** A wall clock in a zone, or a day when the zone is null. */
export interface Time {
  wall: string;
  zone: string | null;
}

export interface Event {
  uid: string;
  lines: Line[];
  start: Time;
  end: Time;
  original: Time | null;
  sequence: number;
}

const windowsZones: Record<string, string> = {
  "GMT Standard Time": "Europe/London",
  "W. Europe Standard Time": "Europe/Berlin",
};
export const dayMs = 86_400_000;

export function eventsOf(ics: string, calendarZone: string, without: ReadonlySet<string>): Event[] {
  const text = ics.replaceAll(/\r?\n[ \t]/g, "");
  return [...text.matchAll(/^BEGIN:VEVENT\r?\n(.*?)^END:VEVENT/gms)].flatMap(
    ([, body = ""], at) => {
      const own = body.replaceAll(/^BEGIN:VALARM.*?^END:VALARM\r?\n/gms, "");
      const lines = [...own.matchAll(/^([A-Z-]+)((?:;[^:"]*(?:"[^"]*")?)*):(.*?)\r?$/gm)].map(
        ([, name = "", params = "", value = ""]): Line => ({ name, params, value }),
      );
      const line = (name: string): Line | undefined => lines.find((one) => one.name === name);
      const uid = line("UID")?.value ?? `without ${at}`;
      if (without.has(uid)) return [];
      const begin = line("DTSTART");
      if (!begin) throw new Error("an event without a start");
      const start = timeOf(begin, calendarZone);
      const id = line("RECURRENCE-ID");
      const event: Event = {
        uid,
        lines,
        start,
        end: endOf(start, line("DTEND"), line("DURATION"), calendarZone),
        original: id ? timeOf(id, calendarZone) : null,
        sequence: Number(line("SEQUENCE")?.value ?? 0),
      };
      const cancelled = line("STATUS")?.value === "CANCELLED";
      return cancelled && !event.original ? [] : [event];
    },
  );
}

export function timeOf({ params, value }: Line, calendarZone: string): Time {
  const day = `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6, 8)}`;
  if (/VALUE=DATE(;|$)/.test(params) || !value.includes("T")) return { wall: day, zone: null };
  const wall = `${day}T${value.slice(9, 11)}:${value.slice(11, 13)}:${value.slice(13, 15)}`;
  if (value.endsWith("Z")) return { wall, zone: "UTC" };
  const named = /TZID="?([^";]+)/.exec(params)?.[1];
  return { wall, zone: named === undefined ? calendarZone : (windowsZones[named] ?? named) };
}

function endOf(
  start: Time,
  end: Line | undefined,
  duration: Line | undefined,
  calendarZone: string,
): Time {
  const given = end ? timeOf(end, calendarZone) : start;
  if (start.zone === null) {
    const day = given.wall.slice(0, 10);
    return { wall: day > start.wall ? day : addDays(start.wall, 1), zone: null };
  }
  if (end || !duration) return given;
  const [, hours = 0, minutes = 0] = /^PT(?:(\d+)H)?(?:(\d+)M)?$/.exec(duration.value) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return {
    wall: new Date(instant(start, calendarZone) + ms).toISOString().slice(0, 19),
    zone: "UTC",
  };
}

export function instant({ wall, zone }: Time, calendarZone: string): number {
  if (wall.endsWith("Z")) return Date.parse(wall);
  return instantOfWall(wall.length === 10 ? `${wall}T00:00:00` : wall, zone ?? calendarZone);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}
