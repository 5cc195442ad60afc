import express, { type Request, type Response, type Router } from "express";
import * as z from "zod";
import { bulkEvents } from "./bulk.ts";
import type { Calendar } from "./calendar.ts";
import { GoogleError, sendError } from "./errors.ts";
import { listed } from "./event-view.ts";
import { insertEvent, patchEvent } from "./event-writes.ts";
import { deleteEvent } from "./event-removal.ts";
import { personContext } from "./person.ts";
import { splitSeries } from "./split-series.ts";
import type { Google } from "./google.ts";
import { loadIcs } from "./ics-load.ts";
import { asObject } from "../json.ts";

type Handler = (calendar: Calendar, request: Request, response: Response) => void;

/** Control of one calendar: what it holds, and a person's edits in it. */
export function createCalendarControl(google: Google): Router {
  const router = express.Router();
  const on = (handler: Handler) => (request: Request, response: Response) => {
    const calendar = google.calendars.get(String(request.params["id"]));
    if (calendar === undefined) response.status(404).json({ error: "No such calendar." });
    else answering(response, () => handler(calendar, request, response));
  };
  router.get("/google/calendars/:id/events", on(dump));
  router.post(
    "/google/calendars/:id/events",
    on((calendar, request, response) => {
      response
        .status(201)
        .json(insertEvent(personContext(google, calendar), request.body).resource);
    }),
  );
  router.post(
    "/google/calendars/:id/events/bulk",
    on((calendar, request, response) => {
      response.status(201).json(bulkEvents(google, calendar, request.body));
    }),
  );
  router.patch(
    "/google/calendars/:id/events/:eventId",
    on((calendar, request, response) => {
      response.json(
        patchEvent(personContext(google, calendar), String(request.params["eventId"]), request.body)
          .resource,
      );
    }),
  );
  router.delete(
    "/google/calendars/:id/events/:eventId",
    on((calendar, request, response) => {
      response.json(
        deleteEvent(personContext(google, calendar), String(request.params["eventId"])).resource,
      );
    }),
  );
  router.post(
    "/google/calendars/:id/events/:eventId/following",
    on((calendar, request, response) => {
      response.json(
        splitSeries(
          personContext(google, calendar),
          String(request.params["eventId"]),
          request.body,
        ),
      );
    }),
  );
  router.post(
    "/google/calendars/:id/ics",
    on((calendar, request, response) => {
      const body: unknown = request.body;
      const text = typeof body === "string" ? body : String(asObject(body)["ics"] ?? "");
      response.status(201).json(loadIcs(google, calendar, text));
    }),
  );
  router.post("/google/sync-tokens/expire", (request, response) => {
    const { calendarId } = z
      .object({ calendarId: z.string().optional() })
      .parse(request.body ?? {});
    for (const { data } of google.calendars.values()) {
      if (calendarId === undefined || data.id === calendarId) data.tokenGeneration += 1;
    }
    google.changed();
    response.json({ ok: true });
  });
  return router;
}

function answering(response: Response, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof GoogleError) sendError(response, error);
    else throw error;
  }
}

/** Everything the calendar holds; deleted entries too, unless only the living are asked for. */
function dump({ events }: Calendar, request: Request, response: Response): void {
  const living = request.query["living"] === "true";
  const chosen = events.events.filter(
    (event) => !living || (event.tombstone === undefined && event.resource.status !== "cancelled"),
  );
  const shown = chosen.map((event) =>
    living
      ? event.resource
      : {
          ...event.resource,
          ...(event.tombstone === undefined
            ? {}
            : { tombstone: event.tombstone, listedAs: listed(event) }),
        },
  );
  response.json({ events: shown });
}
