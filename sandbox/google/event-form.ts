import { type CalendarView, placeQuery } from "./calendar-view.ts";
import type { EventResource } from "./event.ts";
import { type Html, html } from "../html.ts";
import { inZone } from "./times.ts";

interface FormTimes {
  readonly allDay: boolean;
  readonly startDate: string;
  readonly startTime: string;
  readonly endDate: string;
  readonly endTime: string;
}

function formTimes(event: EventResource | undefined, zone: string): FormTimes {
  const today = new Date().toISOString().slice(0, 10);
  if (event === undefined)
    return {
      allDay: false,
      startDate: today,
      startTime: "09:00",
      endDate: today,
      endTime: "10:00",
    };
  if (event.start.date !== undefined) {
    const last = new Date(Date.parse(event.end.date ?? event.start.date) - 86_400_000)
      .toISOString()
      .slice(0, 10);
    return {
      allDay: true,
      startDate: event.start.date,
      startTime: "09:00",
      endDate: last,
      endTime: "10:00",
    };
  }
  const start = inZone(event.start, zone).dateTime ?? "";
  const end = inZone(event.end, zone).dateTime ?? "";
  return {
    allDay: false,
    startDate: start.slice(0, 10),
    startTime: start.slice(11, 16),
    endDate: end.slice(0, 10),
    endTime: end.slice(11, 16),
  };
}

function textOf(event: EventResource | undefined, name: string): string {
  const value = event?.[name];
  return typeof value === "string" ? value : "";
}

/** Makes an event, or changes the one that is edited. */
export function eventForm(view: CalendarView): Html {
  const { edited, account, calendar } = view;
  const zone = edited?.start.timeZone ?? calendar.timeZone;
  const times = formTimes(edited, zone);
  const hidden = html`<input type="hidden" name="account" value="${account}" /><input
      type="hidden"
      name="calendar"
      value="${calendar.id}"
    /><input type="hidden" name="event" value="${edited?.id}" />`;
  const occurrence = edited?.recurringEventId !== undefined;
  return html`<section class="card" aria-labelledby="form-title">
    <h2 id="form-title">${edited === undefined ? "New event" : "Edit event"}</h2>
    ${view.problem !== undefined && html`<p class="problem" role="alert">${view.problem}</p>`}
    <form method="post" action="/google/save">
      ${hidden}<input type="hidden" name="timeZone" value="${zone}" />
      <label
        >Title
        <input
          name="summary"
          value="${textOf(edited, "summary")}"
          autocomplete="off"
          ${edited === undefined ? undefined : html` autofocus`}
      /></label>
      <label class="choice"
        ><input type="checkbox" name="allDay" ${times.allDay ? html` checked` : undefined} /> All
        day</label
      >
      <div class="pair">
        <label
          >First day <input type="date" name="startDate" value="${times.startDate}" required
        /></label>
        <label
          >Starts at <input type="time" name="startTime" value="${times.startTime}" data-time
        /></label>
      </div>
      <div class="pair">
        <label>Last day <input type="date" name="endDate" value="${times.endDate}" /></label>
        <label
          >Ends at <input type="time" name="endTime" value="${times.endTime}" data-time
        /></label>
      </div>
      <p class="eyebrow">Times are in ${zone}.</p>
      <label>Location <input name="location" value="${textOf(edited, "location")}" /></label>
      <label
        >Description
        <textarea name="description" rows="3">${textOf(edited, "description")}</textarea>
      </label>
      ${occurrence ? html`<input type="hidden" name="recurs" value="no" />` : html`<label>Repeats, such as RRULE:FREQ=WEEKLY <textarea name="recurrence" rows="2">${(edited?.recurrence ?? []).join("\n")}</textarea></label>`}
      <div class="actions">
        ${edited !== undefined && html`<a class="button quiet" href="/google?${placeQuery(view)}">Cancel</a>`}<button>
          ${edited === undefined ? "Create" : "Save"}
        </button>
      </div>
    </form>
    ${
      edited !== undefined &&
      html`<form method="post" action="/google/delete">
        ${hidden}
        <div class="actions"><button class="danger">Delete</button></div>
      </form>`
    }
  </section>`;
}
