import { z } from "zod";
import { callJson } from "../http-json.ts";

const time = z.object({
  date: z.string().optional(),
  dateTime: z.string().optional(),
  timeZone: z.string().optional(),
});
const item = z.object({
  id: z.string(),
  status: z.string(),
  eventType: z.string(),
  summary: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  start: time.optional(),
  end: time.optional(),
  recurrence: z.array(z.string()).optional(),
  recurringEventId: z.string().optional(),
  originalStartTime: time.optional(),
  tombstone: z.string().optional(),
});
const report = z.object({
  loaded: z.number(),
  skipped: z.array(
    z.object({
      uid: z.string().nullable(),
      recurrenceId: z.string().optional(),
      reason: z.string(),
    }),
  ),
});
const grant = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAt: z.number(),
});
const split = z.object({ created: item });
const counters = z.object({ writes: z.number() });

export type GoogleTime = z.infer<typeof time>;
/** An event as the pretend Google holds it. */
export type GoogleItem = z.infer<typeof item>;
export type LoadReport = z.infer<typeof report>;

/** One calendar of the pretend Google: what it holds, and a person's hands in it. */
export interface GoogleCalendar {
  readonly id: string;
  readonly zone: string;
  readonly grant: z.infer<typeof grant>;
  load(ics: string): Promise<LoadReport>;
  /** What is alive, cancelled occurrences of living series included. */
  held(): Promise<GoogleItem[]>;
  instances(id: string): Promise<GoogleItem[]>;
  add(event: object): Promise<GoogleItem>;
  change(id: string, fields: object): Promise<GoogleItem>;
  remove(id: string): Promise<void>;
  /** "This and following": answers the series that begins there. */
  changeFollowing(id: string, from: GoogleTime, changes: object): Promise<GoogleItem>;
  /** How many writes the pretend Google has taken through its API, over all calendars. */
  writes(): Promise<number>;
}

/** An account of its own with one more calendar. It cannot be watched: nobody is there to be called back. */
export async function makeGoogleCalendar(
  sandboxUrl: string,
  made: { id: string; summary: string; zone: string },
): Promise<GoogleCalendar> {
  const control = `${sandboxUrl}/sandbox/google`;
  const { id, summary, zone } = made;
  const email = `person-${id}`;
  const calendar = { id, summary, timeZone: zone, accessRole: "owner", watchable: false };
  await callJson(`${control}/accounts`, { method: "POST", body: { email, calendars: [calendar] } });
  const body = { email, clientId: "sandbox" };
  const tokens = grant.parse(await callJson(`${control}/tokens`, { method: "POST", body }));
  const key = tokens.accessToken;
  const own = `${control}/calendars/${encodeURIComponent(id)}`;
  const api = `${sandboxUrl}/calendar/v3/calendars/${encodeURIComponent(id)}/events`;
  const at = (event: string): string => `${own}/events/${encodeURIComponent(event)}`;
  const send = (url: string, method: string, sent?: object): Promise<unknown> =>
    callJson(url, { method, ...(sent === undefined ? {} : { body: sent }) });
  return {
    id,
    zone,
    grant: tokens,
    load: async (ics) => report.parse(await send(`${own}/ics`, "POST", { ics })),
    held: async () => {
      const { events } = z.object({ events: z.array(item) }).parse(await callJson(`${own}/events`));
      return events.filter((event) => event.tombstone === undefined);
    },
    instances: async (event) => {
      const answer = await callJson(`${api}/${encodeURIComponent(event)}/instances`, { key });
      return z.object({ items: z.array(item) }).parse(answer).items;
    },
    add: async (event) => item.parse(await send(`${own}/events`, "POST", event)),
    change: async (event, fields) => item.parse(await send(at(event), "PATCH", fields)),
    remove: async (event) => void (await send(at(event), "DELETE")),
    changeFollowing: async (event, from, changes) =>
      split.parse(await send(`${at(event)}/following`, "POST", { from, changes })).created,
    writes: async () => counters.parse(await callJson(`${sandboxUrl}/sandbox/counters`)).writes,
  };
}
