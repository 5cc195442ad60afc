import { addDays, dayMs, instant, type Time, timeOf } from "./reference-file.ts";

const weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/** Every day from the start on is asked; the clock is that of the start, in its zone. */
export function byRule(rule: string, start: Time, calendarZone: string, to: number): Time[] {
  const parts = new Map(
    rule
      .split(";")
      .map((part): [string, string] => [part.split("=")[0] ?? "", part.split("=")[1] ?? ""]),
  );
  const last = parts.has("UNTIL")
    ? lastOf(parts.get("UNTIL") ?? "", start, calendarZone)
    : Infinity;
  const count = Number(parts.get("COUNT") ?? Infinity);
  const found: Time[] = [];
  const first = start.wall.slice(0, 10);
  for (let day = first; found.length < count; day = addDays(day, 1)) {
    const time = { wall: `${day}${start.wall.slice(10)}`, zone: start.zone };
    const at = start.zone === null ? Date.parse(day) : instant(time, calendarZone);
    if (at > last || at >= to + dayMs) break;
    if (day === first || meets(day, first, parts)) found.push(time);
  }
  return found;
}

function lastOf(until: string, start: Time, calendarZone: string): number {
  const time = timeOf({ name: "UNTIL", params: "", value: until }, start.zone ?? calendarZone);
  if (start.zone !== null)
    return time.zone === null
      ? instant({ wall: `${time.wall}T23:59:59`, zone: start.zone }, calendarZone)
      : instant(time, calendarZone);
  if (time.zone === null) return Date.parse(time.wall);
  const shown = new Intl.DateTimeFormat("sv", { timeZone: calendarZone }).format(
    instant(time, calendarZone),
  );
  return Date.parse(shown);
}

function meets(day: string, first: string, parts: ReadonlyMap<string, string>): boolean {
  const date = new Date(day);
  const begin = new Date(first);
  const interval = Number(parts.get("INTERVAL") ?? 1);
  const months =
    (date.getUTCFullYear() - begin.getUTCFullYear()) * 12 +
    date.getUTCMonth() -
    begin.getUTCMonth();
  const weekStart = weekdays.indexOf(parts.get("WKST") ?? "MO");
  const weekOf = (at: Date): number => Math.floor((at.getTime() / dayMs + 4 - weekStart) / 7);
  const periods: Record<string, number> = {
    DAILY: (date.getTime() - begin.getTime()) / dayMs,
    WEEKLY: weekOf(date) - weekOf(begin),
    MONTHLY: months,
    YEARLY: date.getUTCFullYear() - begin.getUTCFullYear(),
  };
  const freq = parts.get("FREQ") ?? "";
  if ((periods[freq] ?? NaN) % interval !== 0) return false;
  const listed = (name: string): string[] | undefined => parts.get(name)?.split(",");
  const monthMeets =
    listed("BYMONTH")?.includes(String(date.getUTCMonth() + 1)) ??
    (freq !== "YEARLY" || date.getUTCMonth() === begin.getUTCMonth());
  const byDay = listed("BYDAY");
  const byMonthDay = listed("BYMONTHDAY");
  const usual =
    freq === "DAILY" ||
    (freq === "WEEKLY"
      ? date.getUTCDay() === begin.getUTCDay()
      : date.getUTCDate() === begin.getUTCDate());
  const dayMeets =
    byDay || byMonthDay
      ? (byDay?.some((entry) => isDay(date, entry)) ?? true) &&
        (byMonthDay?.some((entry) => isMonthDay(date, Number(entry))) ?? true)
      : usual;
  return monthMeets && dayMeets;
}

/** `MO`, or `3SA` and `-1FR` as counted in the month. */
function isDay(date: Date, entry: string): boolean {
  if (weekdays[date.getUTCDay()] !== entry.slice(-2)) return false;
  const ordinal = Number(entry.slice(0, -2));
  if (ordinal === 0) return true;
  const day = date.getUTCDate();
  return ordinal > 0
    ? Math.ceil(day / 7) === ordinal
    : Math.ceil((daysInMonth(date) - day + 1) / 7) === -ordinal;
}

function isMonthDay(date: Date, entry: number): boolean {
  return date.getUTCDate() === (entry > 0 ? entry : daysInMonth(date) + 1 + entry);
}

function daysInMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
