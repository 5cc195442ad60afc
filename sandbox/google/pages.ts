import express, { type Request, type Response, type Router } from "express";
import type { Account, Calendar } from "./calendar.ts";
import { calendarPage, eventsFragment, homePage } from "./calendar-page.ts";
import type { CalendarView } from "./calendar-view.ts";
import { GoogleError } from "./errors.ts";
import { find } from "./instances.ts";
import type { EventResource } from "./event.ts";
import { insertEvent, patchEvent } from "./event-writes.ts";
import { deleteEvent } from "./event-removal.ts";
import type { Google } from "./google.ts";
import { personContext } from "./person.ts";
import { upcoming } from "./upcoming.ts";
import type { JsonObject } from "../json.ts";

interface Place {
  readonly account: Account;
  readonly calendar: Calendar;
}

/** Pages on which a person edits events "in Google" and watches changes arrive. */
export function createGooglePages(google: Google): Router {
  const router = express.Router();
  router.get(
    "/",
    (_request, response) => void response.type("html").send(homePage([...google.accounts.keys()])),
  );
  router.get("/google", (request, response) => show(google, request, response));
  router.get("/google/events", (request, response) => {
    const place = placeOf(google, request.query);
    if (place === undefined) response.status(404).end();
    else response.type("html").send(eventsFragment(viewOf(google, place)).text);
  });
  router.post("/google/save", express.urlencoded({ extended: false }), (request, response) =>
    save(google, request, response),
  );
  router.post("/google/delete", express.urlencoded({ extended: false }), (request, response) => {
    act(
      google,
      request,
      response,
      (calendar, form) => void deleteEvent(personContext(google, calendar), form["event"] ?? ""),
    );
  });
  return router;
}

type Form = Readonly<Record<string, string | undefined>>;

function formOf(source: unknown): Form {
  const entries = Object.entries((source ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : undefined]),
  );
}

/** The account and calendar asked for, or the first there are. */
function placeOf(google: Google, source: unknown): Place | undefined {
  const form = formOf(source);
  const account = google.accounts.get(form["account"] ?? "") ?? [...google.accounts.values()][0];
  const wanted =
    account?.list.has(form["calendar"] ?? "") === true
      ? form["calendar"]
      : liveliest(google, account);
  const calendar = google.calendars.get(wanted ?? "");
  return account === undefined || calendar === undefined ? undefined : { account, calendar };
}

/** A person who has not chosen is shown a calendar in which there is something to see. */
function liveliest(google: Google, account: Account | undefined): string | undefined {
  const holds = (id: string): boolean => {
    const calendar = google.calendars.get(id);
    return calendar !== undefined && upcoming(calendar, google.clock.now()).length > 0;
  };
  return [...(account?.list.keys() ?? [])].find(holds) ?? account?.email;
}

function viewOf(
  google: Google,
  { account, calendar }: Place,
  edited?: EventResource,
  problem?: string,
): CalendarView {
  const calendars = [...account.list.values()].flatMap(
    ({ calendarId }) => google.calendars.get(calendarId)?.data ?? [],
  );
  const events = upcoming(calendar, google.clock.now());
  return {
    accounts: [...google.accounts.keys()],
    account: account.email,
    calendars,
    calendar: calendar.data,
    events,
    edited,
    problem,
  };
}

function show(google: Google, request: Request, response: Response, problem?: string): void {
  const source = request.method === "GET" ? request.query : request.body;
  const place = placeOf(google, source);
  if (place === undefined) {
    response.type("html").send(homePage([]));
    return;
  }
  const id = formOf(source)[request.method === "GET" ? "edit" : "event"];
  const found =
    id === undefined ? undefined : find(place.calendar.events, id, place.calendar.data.timeZone);
  const edited =
    found?.kind === "stored" && found.event.resource.start !== undefined
      ? found.event.resource
      : undefined;
  response
    .status(problem === undefined ? 200 : 400)
    .type("html")
    .send(calendarPage(viewOf(google, place, edited, problem)));
}

function act(
  google: Google,
  request: Request,
  response: Response,
  change: (calendar: Calendar, form: Form) => void,
): void {
  const place = placeOf(google, request.body);
  if (place === undefined) {
    response.redirect(303, "/google");
    return;
  }
  try {
    change(place.calendar, formOf(request.body));
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    show(google, request, response, error.message);
    return;
  }
  const query = new URLSearchParams({
    account: place.account.email,
    calendar: place.calendar.data.id,
  });
  response.redirect(303, `/google?${query.toString()}`);
}

function save(google: Google, request: Request, response: Response): void {
  act(google, request, response, (calendar, form) => {
    const context = personContext(google, calendar);
    const fields = eventOf(form, calendar.data.timeZone);
    const id = form["event"];
    if (id === undefined || id === "") insertEvent(context, withoutEmpty(fields));
    else patchEvent(context, id, fields);
  });
}

function withoutEmpty(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** The form's fields as a patch; times are local to the event's own zone. */
function eventOf(form: Form, calendarZone: string): JsonObject {
  const timeZone = form["timeZone"] ?? calendarZone;
  const allDay = form["allDay"] === "on";
  const time = (day: string | undefined, clock: string | undefined): JsonObject =>
    allDay
      ? { date: day ?? "", dateTime: null, timeZone: null }
      : { dateTime: `${day ?? ""}T${clock ?? ""}:00`, timeZone, date: null };
  const last =
    form["endDate"] === undefined || form["endDate"] === "" ? form["startDate"] : form["endDate"];
  const recurrence =
    form["recurrence"] === undefined || form["recurrence"] === ""
      ? null
      : form["recurrence"].split(/\s*\n\s*/).filter((line) => line !== "");
  return {
    summary: form["summary"] ?? "",
    location: form["location"] ?? "",
    // Forms end lines as no other writer does; an event that is only opened and saved has not changed.
    description: (form["description"] ?? "").replaceAll("\r\n", "\n"),
    start: time(form["startDate"], form["startTime"]),
    // People name the last day, Google the day after it.
    end: time(allDay ? dayAfter(last) : last, form["endTime"]),
    ...(form["recurs"] === "no" ? {} : { recurrence }),
  };
}

function dayAfter(day = ""): string {
  const at = Date.parse(day);
  return Number.isNaN(at) ? day : new Date(at + 86_400_000).toISOString().slice(0, 10);
}
