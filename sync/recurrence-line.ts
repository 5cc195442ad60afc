import { isZone } from "./time.ts";

/** A DATE or DATE-TIME value of RFC 5545 (3.3.4, 3.3.5); one without a zone floats. */
export interface DateValue {
  date: string;
  clock: string | null;
  zone: string | null;
}

/** A rule, with UNTIL taken out of its text: a moment ends it, whatever clock the rule is read by. */
export interface RuleLine {
  name: "RRULE" | "EXRULE";
  rule: string;
  until: DateValue | null;
}

export interface DatesLine {
  name: "RDATE" | "EXDATE";
  dates: DateValue[];
}

/**
 * One line of an event's recurrence, read (RFC 5545, 3.8.5; EXRULE is of RFC 2445).
 *
 * @throws RangeError with a sentence that says what is wrong with the line.
 */
export function parseLine(line: string): RuleLine | DatesLine {
  const [, upper, parameters, value] = /^([A-Za-z]+)((?:;[^:]*)?):(.*)$/.exec(line.trim()) ?? [];
  const name = upper?.toUpperCase();
  if (name === "RRULE" || name === "EXRULE") return { name, ...parseRule(value ?? "", name) };
  if (name === "RDATE" || name === "EXDATE") {
    const zone = zoneOf(parameters ?? "", name);
    return { name, dates: (value ?? "").split(",").map((text) => parseDate(text, zone, name)) };
  }
  throw new RangeError(`A recurrence line begins with RRULE, RDATE, EXDATE or EXRULE.`);
}

/** Rules that repeat more often than hourly are no calendar events, and no window bounds them. */
const frequencies = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"];

function parseRule(text: string, name: string): Omit<RuleLine, "name"> {
  const parts = new Map<string, string>();
  for (const part of text.toUpperCase().split(";")) {
    const [key, value] = part.split("=", 2);
    if (!key || !value) throw new RangeError(`${name} is a list of NAME=VALUE.`);
    if (parts.has(key)) throw new RangeError(`${name} says ${key} twice.`);
    parts.set(key, value);
  }
  for (const [key, value] of parts) checkPart(key, value, name);
  if (!parts.has("FREQ")) throw new RangeError(`${name} has no FREQ.`);
  const until = parts.get("UNTIL");
  if (until !== undefined && parts.has("COUNT")) {
    throw new RangeError(`${name} ends by COUNT or by UNTIL, not by both.`);
  }
  parts.delete("UNTIL");
  const rule = [...parts].map(([key, value]) => `${key}=${value}`).join(";");
  return { rule, until: until === undefined ? null : parseDate(until, null, "UNTIL") };
}

/** How large the numbers of a list may be, by sign; zero is never one of them unless `zero` is set. */
const lists: Record<string, { most: number; negative?: true; zero?: true }> = {
  BYMONTH: { most: 12 },
  BYWEEKNO: { most: 53, negative: true },
  BYYEARDAY: { most: 366, negative: true },
  BYMONTHDAY: { most: 31, negative: true },
  BYSETPOS: { most: 366, negative: true },
  BYHOUR: { most: 23, zero: true },
  BYMINUTE: { most: 59, zero: true },
  BYSECOND: { most: 60, zero: true },
};

const patterns: Record<string, RegExp> = {
  FREQ: new RegExp(`^(${frequencies.join("|")})$`),
  INTERVAL: /^0*[1-9]\d{0,3}$/,
  COUNT: /^0*[1-9]\d{0,5}$/,
  UNTIL: /./,
  WKST: /^(MO|TU|WE|TH|FR|SA|SU)$/,
  BYDAY: /^([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU))*$/,
};

function checkPart(key: string, value: string, name: string): void {
  const list = lists[key];
  const pattern = patterns[key];
  if (!list && !pattern) throw new RangeError(`${name} has a part ${key}, which is not known.`);
  const isRight = list ? isNumberList(value, list) : pattern?.test(value);
  if (!isRight) throw new RangeError(`${name} cannot have ${key}=${value}.`);
}

function isNumberList(value: string, { most, negative, zero }: (typeof lists)[string]): boolean {
  return value.split(",").every((text) => {
    const number = Number(text);
    if (!/^[+-]?\d+$/.test(text) || (number < 0 && !negative)) return false;
    return number === 0 ? zero === true : Math.abs(number) <= most;
  });
}

function zoneOf(parameters: string, name: string): string | null {
  if (/;VALUE=PERIOD/i.test(parameters)) {
    throw new RangeError(`${name} with periods is not supported; use dates or times.`);
  }
  const zone = /;TZID="?([^";]+)/i.exec(parameters)?.[1];
  if (zone === undefined) return null;
  if (!isZone(zone)) throw new RangeError(`${name} names the unknown time zone ${zone}.`);
  return zone;
}

function parseDate(text: string, zone: string | null, name: string): DateValue {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?(Z?)$/i.exec(text.trim());
  if (!match) throw new RangeError(`${name} has ${text}, which is no date or time.`);
  const [, year, month, day, hour, minute, second, utc] = match;
  const date = `${year}-${month}-${day}`;
  // A leap second is a minute's last second to every calendar.
  const clock = hour ? `${hour}:${minute}:${second === "60" ? "59" : second}` : null;
  const shown = new Date(`${date}T${clock ?? "00:00:00"}Z`);
  if (Number.isNaN(shown.getTime()) || !shown.toISOString().startsWith(date)) {
    throw new RangeError(`${name} has ${text}, which is no date or time.`);
  }
  return { date, clock, zone: utc ? "UTC" : zone };
}
