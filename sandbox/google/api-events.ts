import {
  type Answer,
  type Call,
  countMail,
  openCalendar,
  openForWriting,
  type Operation,
  pathParameter,
  writeContext,
} from "./api-context.ts";
import { numberParameter, textParameter } from "./check-request.ts";
import { invalid, notFound } from "./errors.ts";
import type { StoredEvent } from "./event.ts";
import { listed, view, type ViewOptions } from "./event-view.ts";
import { importEvent, insertEvent, patchEvent, updateEvent } from "./event-writes.ts";
import { deleteEvent } from "./event-removal.ts";
import { find, virtualInstance } from "./instances.ts";
import { listEvents } from "./list-events.ts";
import { moveEvent } from "./move-event.ts";
import { quickEvent } from "./quick-event.ts";
import { listInstances } from "./list-instances.ts";
import { isZone } from "../zones.ts";
import type { JsonObject } from "../json.ts";

function viewOptions(call: Call): ViewOptions {
  const { calendar, role } = openCalendar(call);
  const timeZone = textParameter(call.query, "timeZone");
  if (timeZone !== undefined && !isZone(timeZone)) throw invalid("Invalid Value", "timeZone");
  return {
    calendarZone: calendar.data.timeZone,
    timeZone,
    maxAttendees: numberParameter(call.query, "maxAttendees"),
    role,
  };
}

function answer(call: Call, resource: JsonObject): Answer {
  return { value: view(resource, viewOptions(call)), etag: String(resource["etag"]) };
}

const list: Operation = (call) => {
  const { calendar, role } = openCalendar(call);
  const { google, account, query } = call;
  google.counters.add("listPages");
  return listEvents(query, {
    calendar,
    role,
    settings: google.settings,
    now: google.clock.now(),
    account: account.email,
  });
};

const instances: Operation = (call) => {
  const { calendar, role } = openCalendar(call);
  return listInstances(pathParameter(call, "eventId"), call.query, {
    calendar,
    role,
    settings: call.google.settings,
    now: call.google.clock.now(),
  });
};

const get: Operation = (call) => {
  const { calendar } = openCalendar(call);
  const { timeZone } = calendar.data;
  const found = find(calendar.events, pathParameter(call, "eventId"), timeZone);
  if (found === undefined) throw notFound();
  const { instanceIdForm } = call.google.settings;
  const resource =
    found.kind === "stored"
      ? shown(found.event)
      : virtualInstance(found.master.resource, found.key, timeZone, instanceIdForm);
  if (call.request.get("if-none-match") === resource["etag"]) return { status: 304 };
  return answer(call, resource);
};

/** A single read shows what is left of a deleted event, where a list may show its id alone. */
function shown(event: StoredEvent): JsonObject {
  return event.tombstone === undefined ? listed(event) : event.resource;
}

type Write = (context: ReturnType<typeof writeContext>, id: string, body: unknown) => StoredEvent;

function writing(method: string, write: Write): Operation {
  return (call) => {
    const { calendar } = openForWriting(call);
    const event = write(writeContext(call, calendar), pathParameter(call, "eventId"), call.body);
    call.google.counters.write(method, event.resource.id);
    countMail(call, event.resource);
    return method === "delete" ? { status: 204 } : answer(call, shown(event));
  };
}

const move: Operation = (call) => {
  const from = openForWriting(call);
  const to = openForWriting(call, textParameter(call.query, "destination"));
  const event = moveEvent(
    writeContext(call, from.calendar),
    to.calendar,
    pathParameter(call, "eventId"),
  );
  call.google.counters.write("move", event.resource.id);
  countMail(call, event.resource);
  return { value: event.resource, etag: event.resource.etag };
};

export const eventOperations: Readonly<Record<string, Operation>> = {
  "events.list": list,
  "events.instances": instances,
  "events.get": get,
  "events.insert": writing("insert", (context, _id, body) => insertEvent(context, body)),
  "events.import": writing("import", (context, _id, body) => importEvent(context, body)),
  "events.quickAdd": (call) => {
    const body = quickEvent(textParameter(call.query, "text") ?? "", call.google.clock.now());
    return writing("quickAdd", (context) => insertEvent(context, body))(call);
  },
  "events.patch": writing("patch", patchEvent),
  "events.update": writing("update", updateEvent),
  "events.delete": writing("delete", (context, id) => deleteEvent(context, id)),
  "events.move": move,
};
