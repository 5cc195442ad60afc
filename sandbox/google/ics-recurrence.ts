import { type Component, properties } from "./ics-lines.ts";
import { compactTime, type IcsTime, readTimes, readValue, type TimeContext } from "./ics-times.ts";
import { instantOf } from "../zones.ts";

/** Order in which Google writes the parts of a rule; those left out follow by name. */
const ORDER = [
  "FREQ",
  "WKST",
  "UNTIL",
  "COUNT",
  "INTERVAL",
  "BYMONTH",
  "BYMONTHDAY",
  "BYDAY",
  "BYSETPOS",
];

function place(name: string): number {
  const at = ORDER.indexOf(name);
  return at < 0 ? ORDER.length : at;
}

/** A rule in Google's form: parts in its order, UNTIL in UTC for a timed series and a date for an all-day one. */
function normaliseRule(value: string, start: IcsTime, context: TimeContext): string {
  const parts = value
    .split(";")
    .map((part) => part.split("=", 2))
    .filter(([name, text]) => name !== "" && text !== undefined && text !== "")
    .map(([name = "", text = ""]): [string, string] => [
      name.trim().toUpperCase(),
      text.trim().toUpperCase(),
    ])
    .filter(([name, text]) => !(name === "INTERVAL" && text === "1"));
  const sorted = parts.sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
  return sorted
    .map(([name, text]) => `${name}=${name === "UNTIL" ? until(text, start, context) : text}`)
    .join(";");
}

function until(text: string, start: IcsTime, context: TimeContext): string {
  const floating = start.kind === "time" ? start.zone : context.floating;
  const end = readValue(text, {}, { ...context, floating });
  // The end of an all-day series is a day, also where it was written as an instant: the day it is there then.
  if (start.kind === "date")
    return compactTime(end.kind === "time" ? { ...end, zone: context.floating } : end, undefined);
  // A bare date ends a timed series with the last second of that day.
  const instant =
    end.kind === "time" ? end.instant : instantOf(start.zone, Date.parse(end.date) + 86_399_000);
  return `${new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

function dates(name: string, event: Component, start: IcsTime, context: TimeContext): string[] {
  const zone = start.kind === "time" ? start.zone : undefined;
  const inSeries = { ...context, floating: zone ?? context.floating };
  const times = properties(event, name).flatMap((line) => readTimes(line, inSeries));
  if (times.length === 0) return [];
  const values = times.map((time) => compactTime(atStartTime(time, start), zone));
  return [`${name};${zone === undefined ? "VALUE=DATE" : `TZID=${zone}`}:${values.join(",")}`];
}

/** A bare date in a timed series means the occurrence of that day. */
export function atStartTime(time: IcsTime, start: IcsTime): IcsTime {
  if (time.kind === "time" || start.kind === "date") return time;
  const local = compactTime(start, start.zone).slice(9);
  const clock =
    Number(local.slice(0, 2)) * 3600 + Number(local.slice(2, 4)) * 60 + Number(local.slice(4, 6));
  return {
    kind: "time",
    zone: start.zone,
    instant: instantOf(start.zone, Date.parse(time.date) + clock * 1000),
  };
}

/** The recurrence lines of an event, or none for a single one. */
export function recurrenceOf(event: Component, start: IcsTime, context: TimeContext): string[] {
  // Some programs write an empty rule for an event that does not recur.
  const lines = properties(event, "RRULE").filter((line) => line.value.trim() !== "");
  const rules = lines.map((line) => `RRULE:${normaliseRule(line.value, start, context)}`);
  const added = dates("RDATE", event, start, context);
  if (rules.length === 0 && added.length === 0) return [];
  return [...rules, ...added, ...dates("EXDATE", event, start, context)];
}
