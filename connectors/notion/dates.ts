import type { EventTime } from "../../sync/event.ts";
import { fromInstant, isZone, toInstant } from "../../sync/time.ts";
import type { NotionDate } from "./schemas.ts";
import { Unfit } from "./unfit.ts";

/** When an event takes place. Both ends are dates, or both are clocks. */
export interface Span {
  start: EventTime;
  end: EventTime;
}

/** The value of a date property as a write takes it. */
export interface DateBody {
  start: string;
  end: string | null;
  time_zone: string | null;
}

type Clock = Exclude<EventTime, { date: string }>;

const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const momentPattern =
  /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(?<offset>[Zz]|[+-]\d{2}:?\d{2})?$/;
const day = 86_400_000;

/**
 * What the date property of a page means. A last day is held as a day of the event, and becomes the
 * day after it; an event without an end takes no time, or its one day. An offset tells the moment
 * only: the wall clock is that of `zone`, unless the value bears a zone itself.
 * @throws Unfit
 */
export function fromNotionDate(date: NotionDate, zone: string): Span {
  const { start, end } = date;
  if (datePattern.test(start)) {
    const last = end ?? start;
    if (!datePattern.test(last)) throw new Unfit("start and end are of two kinds");
    if (last < start) throw new Unfit("the end lies before the start");
    return { start: { date: toDate(start, 0) }, end: { date: toDate(last, 1) } };
  }
  if (date.time_zone && !isZone(date.time_zone)) throw new Unfit("a time has an unknown time zone");
  const clockZone = date.time_zone || zone;
  const from = toMoment(start, clockZone);
  const until = end ? toMoment(end, clockZone) : from;
  if (until < from) throw new Unfit("the end lies before the start");
  return { start: toClock(from, clockZone), end: toClock(until, clockZone) };
}

function toDate(text: string, plusDays: number): string {
  const at = Date.parse(`${text}T00:00:00Z`);
  // `Date` rolls 30 February over into March; a provider that writes it means nothing.
  if (Number.isNaN(at) || new Date(at).getUTCDate() !== Number(text.slice(8)))
    throw new Unfit("a date is not a date");
  return dateText(at + plusDays * day);
}

function dateText(at: number): string {
  const text = new Date(at).toISOString();
  if (text.length !== 24) throw new Unfit("a time is out of range");
  return text.slice(0, 10);
}

function toMoment(text: string, zone: string): number {
  const found = momentPattern.exec(text);
  if (found === null) throw new Unfit("a time is not a moment");
  toDate(text.slice(0, 10), 0);
  const offset = found.groups?.["offset"];
  const at = Date.parse(text.replace(" ", "T") + (offset === undefined ? "Z" : ""));
  if (Number.isNaN(at)) throw new Unfit("a time is not a moment");
  if (offset !== undefined) return at;
  return toInstant({ local: new Date(at).toISOString().slice(0, 19), zone }, zone);
}

function toClock(instant: number, zone: string): EventTime {
  const time = fromInstant(instant, zone);
  if ("local" in time && time.local.length !== 19) throw new Unfit("a time is out of range");
  return time;
}

/**
 * The value to write for a span in normal form. A wall clock goes with its zone, as people see it.
 * In an hour that a clock change repeats, a wall clock would not tell which of the two is meant: then
 * the moments go in UTC, and the zone is kept in the note (`note.ts`).
 */
export function toNotionDate({ start, end }: Span): DateBody {
  if ("date" in start || "date" in end) {
    const from = "date" in start ? start.date : start.local.slice(0, 10);
    const last = "date" in end ? dateText(Date.parse(`${end.date}T00:00:00Z`) - day) : from;
    return { start: from, end: last > from ? last : null, time_zone: null };
  }
  const [from, until] = [momentOf(start), momentOf(end)];
  const ends = until > from;
  if (isTwofold(start) || (ends && isTwofold(end))) {
    const text = (at: number) => new Date(at).toISOString();
    return { start: text(from), end: ends ? text(until) : null, time_zone: null };
  }
  return { start: start.local, end: ends ? end.local : null, time_zone: start.zone };
}

function momentOf(time: Clock): number {
  return toInstant(time, time.zone);
}

function isTwofold({ local, zone }: Clock): boolean {
  return toInstant({ local, zone }, zone) !== toInstant({ local, zone, fold: 1 }, zone);
}

/** The span as Notion would hold it: out of gaps, the end in the zone of the start, one day at least. */
export function normaliseSpan(span: Span): Span {
  const { start, end } = span;
  if ("date" in start && "date" in end) {
    const next = dateText(Date.parse(`${start.date}T00:00:00Z`) + day);
    return { start: { date: start.date }, end: { date: end.date > next ? end.date : next } };
  }
  if (whyNoSpan(span) !== null || "date" in start || "date" in end) return span;
  return {
    start: fromInstant(momentOf(start), start.zone),
    end: fromInstant(momentOf(end), start.zone),
  };
}

/** Why these two make no span that Notion can hold, in words for a person; null where they do. */
export function whyNoSpan({ start, end }: Span): string | null {
  if ("date" in start && "date" in end) return null;
  if ("date" in start || "date" in end)
    return "it begins on a day and ends at a time, or the other way round";
  if (!isZone(start.zone) || !isZone(end.zone)) return "its time zone is not known";
  return momentOf(end) < momentOf(start) ? "it ends before it begins" : null;
}
