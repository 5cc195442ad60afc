import type { calendar_v3 } from "googleapis/build/src/apis/calendar/index.js";
import type { z } from "zod";
import type { OpenConnection } from "../connector.ts";
import { Gone, InvalidResponse } from "../errors.ts";
import { type HttpAnswer, parseJson } from "../http.ts";
import type { EventBody } from "./bodies.ts";
import { type Call, type Client, type Invoke, perform } from "./call.ts";
import { Missing } from "./errors.ts";
import type { Phase } from "./recovery.ts";
import { calendarListSchema, channelSchema, type Listing, listingSchema } from "./schemas.ts";

type ListParams = calendar_v3.Params$Resource$Events$List;

export type Api = ReturnType<typeof createApi>;

/** The calls that one connection makes. No guest is ever mailed by them. */
export function createApi(client: Client, connection: OpenConnection) {
  const calendarId = connection.settings["calendarId"] ?? "";
  const { events, channels, calendarList } = client.calendar;
  const quiet = { calendarId, sendUpdates: "none" };
  /** The calendar's own zone; undefined until a listing was read. */
  let knownZone: string | null | undefined;

  const answered = (call: Call, signal: AbortSignal, invoke: Invoke) =>
    perform(client, connection, call, signal, invoke);

  async function list(params: ListParams, phase: Phase, signal: AbortSignal) {
    const call = { name: "events.list", phase };
    const answer = await answered(call, signal, (options) =>
      events.list({ calendarId, ...params }, options),
    );
    const listing = shaped(listingSchema, answer, call.name);
    knownZone = listing.timeZone || (knownZone ?? null);
    return { listing, answer, zone: knownZone };
  }

  /** A calendar that is no longer shared answers 404 for each of its events as well. */
  async function answeredForItem(call: Call, signal: AbortSignal, invoke: Invoke) {
    try {
      return await answered(call, signal, invoke);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      await list({ maxResults: 1 }, "list", signal);
      throw new Gone(error.message);
    }
  }

  return {
    list,

    /** The calendar's own zone, for times that name none; single events are answered without it. */
    async zone(signal: AbortSignal): Promise<string | null> {
      return knownZone === undefined
        ? (await list({ maxResults: 1 }, "list", signal)).zone
        : knownZone;
    },

    async get(eventId: string, signal: AbortSignal): Promise<unknown> {
      const call: Call = { name: "events.get", phase: "read" };
      const answer = await answeredForItem(call, signal, (options) =>
        events.get({ calendarId, eventId }, options),
      );
      return parseJson(answer, call.name);
    },

    async instances(eventId: string, originalStart: string, signal: AbortSignal): Promise<Listing> {
      const call: Call = { name: "events.instances", phase: "read" };
      const params = { calendarId, eventId, originalStart, showDeleted: true };
      const answer = await answeredForItem(call, signal, (options) =>
        events.instances(params, options),
      );
      return shaped(listingSchema, answer, call.name);
    },

    async insert(requestBody: EventBody, signal: AbortSignal): Promise<unknown> {
      const call: Call = { name: "events.insert", phase: "create" };
      const answer = await answered(call, signal, (options) =>
        events.insert({ ...quiet, requestBody }, options),
      );
      return parseJson(answer, call.name);
    },

    async patch(
      eventId: string,
      requestBody: EventBody,
      version: string | null,
      signal: AbortSignal,
    ): Promise<unknown> {
      // A patch costs three units of quota (guide: Improve performance).
      const call: Call = { name: "events.patch", phase: "update", units: 3, ...ifMatch(version) };
      const answer = await answeredForItem(call, signal, (options) =>
        events.patch({ ...quiet, eventId, requestBody }, options),
      );
      return parseJson(answer, call.name);
    },

    async delete(eventId: string, version: string | null, signal: AbortSignal): Promise<void> {
      const call: Call = { name: "events.delete", phase: "delete", ...ifMatch(version) };
      const answer = await answeredForItem(call, signal, (options) =>
        events.delete({ ...quiet, eventId }, options),
      );
      expectNothing(answer, call.name);
    },

    async watch(requestBody: calendar_v3.Schema$Channel, signal: AbortSignal) {
      const call: Call = { name: "events.watch", phase: "watch" };
      const answer = await answered(call, signal, (options) =>
        events.watch({ calendarId, requestBody }, options),
      );
      return shaped(channelSchema, answer, call.name);
    },

    async stop(
      requestBody: { id: string; resourceId: string },
      signal: AbortSignal,
    ): Promise<void> {
      const call: Call = { name: "channels.stop", phase: "stop" };
      const answer = await answered(call, signal, (options) =>
        channels.stop({ requestBody }, options),
      );
      expectNothing(answer, call.name);
    },

    async calendars(pageToken: string | null, signal: AbortSignal) {
      const call: Call = { name: "calendarList.list", phase: "calendars" };
      const params = { maxResults: 250, ...(pageToken === null ? {} : { pageToken }) };
      const answer = await answered(call, signal, (options) => calendarList.list(params, options));
      return shaped(calendarListSchema, answer, call.name);
    },
  };
}

function ifMatch(version: string | null): { headers?: Record<string, string> } {
  return version === null ? {} : { headers: { "If-Match": version } };
}

function shaped<Schema extends z.ZodType>(
  schema: Schema,
  answer: HttpAnswer,
  name: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(parseJson(answer, name));
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new InvalidResponse(`${name}: unexpected shape at ${at === "" ? "the top" : at}`);
}

/** A sign-in page that answers 200 has deleted nothing. */
function expectNothing(answer: HttpAnswer, name: string): void {
  if (answer.text.trim() !== "") parseJson(answer, name);
}
