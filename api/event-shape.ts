import { z } from "zod";
import type { EventRecord, Standing } from "../db/event-queries.ts";
import { sha256 } from "../db/secrets.ts";
import type { EventItem } from "../sync/event.ts";
import { writeTime } from "./event-times.ts";

const eventFields = {
  id: z.guid(),
  calendarId: z.guid(),
  title: z.string(),
  description: z.string(),
  location: z.string(),
  notes: z.string(),
  status: z.enum(["confirmed", "tentative", "cancelled"]),
  allDay: z.boolean(),
  startDateTime: z.string(),
  endDateTime: z.string(),
  timeZone: z.string().nullable(),
  endTimeZone: z.string().nullable(),
  recurrence: z.array(z.string()),
  masterId: z.guid().nullable(),
  originalStart: z.string().nullable(),
  version: z.int(),
  lastUpdateSource: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  deletedAt: z.iso.datetime().nullable(),
};

export const eventShape = z.object(eventFields).meta({ id: "Event" });
/** An occurrence of a series has the id of its exception, or of the series. */
export const occurrenceShape = eventShape.meta({ id: "Occurrence" });

export type EventAnswer = z.output<typeof eventShape>;

export function toEvent(event: EventRecord): EventAnswer {
  return {
    id: event.id,
    calendarId: event.calendarId,
    ...toTexts(event.item),
    version: event.version,
    lastUpdateSource: event.lastUpdateSource,
    createdAt: event.createdAt.toISOString(),
    updatedAt: event.updatedAt.toISOString(),
    deletedAt: event.deletedAt?.toISOString() ?? null,
  };
}

/** One occurrence: the fields that it has then, with the identity of where it comes from. */
export function toOccurrence(
  event: EventRecord,
  fields: EventItem["fields"],
  of: { masterId: string; start: EventItem["originalStart"] } | null,
): EventAnswer {
  const item: EventItem = {
    fields: { ...fields, recurrence: [] },
    ...(of?.start && { master: of.masterId, originalStart: of.start }),
  };
  return { ...toEvent(event), ...toTexts(item) };
}

function toTexts(item: EventItem) {
  const { start, end, recurrence, ...texts } = item.fields;
  return {
    ...texts,
    allDay: "date" in start,
    startDateTime: writeTime(start),
    endDateTime: writeTime(end),
    timeZone: "zone" in start ? start.zone : null,
    endTimeZone: "zone" in end ? end.zone : null,
    recurrence: [...recurrence],
    masterId: item.master ?? null,
    originalStart: item.originalStart ? writeTime(item.originalStart) : null,
  };
}

const syncStatus = z.enum(["synced", "pending", "failed", "held"]);

export const externalSyncShape = z
  .object({
    provider: z.string(),
    connectionId: z.guid(),
    success: z.boolean(),
    externalId: z.string().nullable(),
    status: syncStatus,
    error: z.string().nullable(),
  })
  .meta({ id: "ExternalSync" });
export type ExternalSync = z.output<typeof externalSyncShape>;

export const linkShape = z
  .object({
    connectionId: z.guid(),
    provider: z.string(),
    state: syncStatus,
    remoteId: z.string().nullable(),
    lastSyncedAt: z.string().nullable(),
    openConflict: z.boolean(),
    reason: z.string().nullable(),
  })
  .meta({ id: "EventLink" });

/** Links of what cannot be synced as it is. */
const atRest: ReadonlySet<string> = new Set(["set-aside", "waiting", "kept-out"]);

/** How an event stands with a connection: held waits for a person, pending for us or the provider. */
export function statusOf(standing: Standing): z.output<typeof syncStatus> {
  if (standing.linkState !== null && atRest.has(standing.linkState)) return "held";
  if (standing.write === "failed") return "failed";
  if (standing.write === "pending") return standing.active && !standing.braked ? "pending" : "held";
  if (standing.write === "completed" || standing.linkState !== null) return "synced";
  return standing.active ? "pending" : "held";
}

export function reasonOf(standing: Standing): string | null {
  const status = statusOf(standing);
  if (status === "synced") return null;
  if (standing.reason ?? standing.error) return standing.reason ?? standing.error;
  if (standing.braked) return "the deletion waits for a person's approval";
  if (standing.grantState !== "ok") return "the connection must be connected again";
  return standing.active ? "on its way" : "the connection is paused";
}

export function toExternalSync(standing: Standing): ExternalSync {
  const status = statusOf(standing);
  return {
    provider: standing.provider,
    connectionId: standing.connectionId,
    success: status === "synced",
    externalId: standing.remoteId,
    status,
    error: status === "synced" || status === "pending" ? null : reasonOf(standing),
  };
}

export function toLink(standing: Standing): z.output<typeof linkShape> {
  return {
    connectionId: standing.connectionId,
    provider: standing.provider,
    state: statusOf(standing),
    remoteId: standing.remoteId,
    lastSyncedAt: standing.lastSyncedAt,
    openConflict: standing.openConflict,
    reason: reasonOf(standing),
  };
}

/** The version of an event; with the links in the answer, what they say counts as well. */
export function etagOf(event: { version: number }, links?: unknown): string {
  const state =
    links === undefined
      ? ""
      : `.${sha256(JSON.stringify(links)).toString("base64url").slice(0, 8)}`;
  return `"v${event.version}${state}"`;
}

/** Whether an `If-Match` names the event's version, whatever its links said. */
export function isVersion(ifMatch: string, event: { version: number }): boolean {
  return ifMatch.split(",").some((part) => {
    const text = part.trim();
    return text === "*" || /^"v(\d{1,15})(\.[\w-]{8})?"$/.exec(text)?.[1] === String(event.version);
  });
}
