import { type Component, properties, property, text } from "./ics-lines.ts";
import { recurrenceOf } from "./ics-recurrence.ts";
import {
  addDuration,
  dayOf,
  type IcsTime,
  readValue,
  type TimeContext,
  toEventTime,
} from "./ics-times.ts";
import { compact, type JsonObject } from "../json.ts";

/** An event of a file, read but not yet placed in a calendar. */
export interface IcsEvent {
  readonly uid: string | undefined;
  readonly start: IcsTime;
  readonly recurrenceId: IcsTime | undefined;
  readonly sequence: number;
  readonly cancelled: boolean;
  readonly body: JsonObject;
}

const ANSWERS: Record<string, string> = {
  ACCEPTED: "accepted",
  DECLINED: "declined",
  TENTATIVE: "tentative",
};

export function readEvent(event: Component, context: TimeContext): IcsEvent {
  const begin = property(event, "DTSTART");
  if (begin === undefined) throw new Error("No DTSTART");
  const start = readValue(begin.value, begin.params, context);
  const id = property(event, "RECURRENCE-ID");
  const recurrenceId = id === undefined ? undefined : readValue(id.value, id.params, context);
  const sequence = Number.parseInt(property(event, "SEQUENCE")?.value ?? "0", 10) || 0;
  const status = property(event, "STATUS")?.value.toUpperCase();
  const uid = property(event, "UID")?.value.trim();
  const recurrence = recurrenceId === undefined ? recurrenceOf(event, start, context) : [];
  const body = compact({
    summary: text(event, "SUMMARY"),
    description: text(event, "DESCRIPTION"),
    location: text(event, "LOCATION"),
    start: toEventTime(start),
    end: toEventTime(endOf(event, start, context)),
    recurrence: recurrence.length > 0 ? recurrence : undefined,
    status: status === "TENTATIVE" ? "tentative" : undefined,
    transparency:
      property(event, "TRANSP")?.value.toUpperCase() === "TRANSPARENT" ? "transparent" : undefined,
    visibility: visibilityOf(event),
    attendees: attendeesOf(event),
    created: createdOf(event, context),
    sequence,
  });
  return {
    uid: uid === "" ? undefined : uid,
    start,
    recurrenceId,
    sequence,
    cancelled: status === "CANCELLED",
    body: body,
  };
}

/** An end before the start, or of the other kind, is brought to the least that makes sense. */
function endOf(event: Component, start: IcsTime, context: TimeContext): IcsTime {
  const end = property(event, "DTEND");
  const duration = property(event, "DURATION");
  const given = end === undefined ? undefined : readValue(end.value, end.params, context);
  const found = given ?? (duration === undefined ? undefined : addDuration(start, duration.value));
  if (start.kind === "date") {
    const day = found === undefined ? start.date : dayOf(found);
    return day > start.date ? { kind: "date", date: day } : addDuration(start, "P1D");
  }
  return found?.kind === "time" && found.instant >= start.instant ? found : start;
}

function visibilityOf(event: Component): string | undefined {
  const value = property(event, "CLASS")?.value.toLowerCase();
  return value === "private" || value === "confidential" || value === "public" ? value : undefined;
}

function createdOf(event: Component, context: TimeContext): string | undefined {
  const value = property(event, "CREATED")?.value;
  if (value === undefined) return undefined;
  try {
    const time = readValue(value, {}, context);
    return time.kind === "time"
      ? `${new Date(time.instant).toISOString().slice(0, 19)}.000Z`
      : undefined;
  } catch {
    return undefined;
  }
}

/** Guests with an address; some programs list rooms and groups without one. */
function attendeesOf(event: Component): JsonObject[] | undefined {
  const attendees = properties(event, "ATTENDEE").flatMap(({ value, params }) => {
    const email = value.replace(/^mailto:/i, "").trim();
    if (!email.includes("@")) return [];
    const optional = params["ROLE"] === "OPT-PARTICIPANT" ? { optional: true } : {};
    const named = params["CN"] === undefined ? {} : { displayName: params["CN"] };
    return [
      {
        email,
        ...named,
        ...optional,
        responseStatus: ANSWERS[params["PARTSTAT"] ?? ""] ?? "needsAction",
      },
    ];
  });
  return attendees.length > 0 ? attendees : undefined;
}
