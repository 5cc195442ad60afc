import type { CalendarData } from "./calendar.ts";
import type { EventResource, EventTime } from "./event.ts";
import type { Upcoming } from "./upcoming.ts";
import { type Html, html, page } from "../html.ts";
import { inZone } from "./times.ts";

export interface CalendarView {
  readonly accounts: readonly string[];
  readonly account: string;
  readonly calendars: readonly CalendarData[];
  readonly calendar: CalendarData;
  readonly events: readonly Upcoming[];
  readonly edited: EventResource | undefined;
  readonly problem: string | undefined;
}

export function homePage(accounts: readonly string[]): string {
  const list = html`<ul>
    ${accounts.map((email) => html`<li><a href="/google?account=${encodeURIComponent(email)}">${email}</a></li>`)}
  </ul>`;
  const none = html`<p>
    There are no accounts yet. Create one with <code>POST /sandbox/google/accounts</code>.
  </p>`;
  return page(
    "Sandbox",
    html`<main class="narrow card">
      <p class="eyebrow">Sandbox</p>
      <h1>Pretend providers</h1>
      <p>What you do here is done as a person does it at the provider's own pages.</p>
      <h2>Google Calendar</h2>
      ${accounts.length > 0 ? list : none}
    </main>`,
  );
}

function placeQuery({ account, calendar }: CalendarView): string {
  return new URLSearchParams({ account, calendar: calendar.id }).toString();
}

function option(value: string, label: string, chosen: boolean): Html {
  return html`<option value="${value}" ${chosen ? html` selected` : undefined}>${label}</option>`;
}

function header(view: CalendarView): Html {
  return html`<header>
    <div>
      <p class="eyebrow">Pretend Google Calendar</p>
      <h1>${view.calendar.summary}</h1>
    </div>
    <form method="get" action="/google">
      <label
        >Account
        <select name="account">
          ${view.accounts.map((email) => option(email, email, email === view.account))}
        </select></label
      >
      <label
        >Calendar
        <select name="calendar">
          ${view.calendars.map(({ id, summary }) => option(id, summary, id === view.calendar.id))}
        </select></label
      >
      <button class="quiet">Show</button>
    </form>
  </header>`;
}

function timeText(time: EventTime): string {
  if (time.date !== undefined) return `${time.date}, all day`;
  return `${time.dateTime?.slice(0, 10) ?? ""}, ${time.dateTime?.slice(11, 16) ?? ""}`;
}

const TAGS = { single: undefined, series: "series", occurrence: "changed occurrence" };

function row(entry: Upcoming, view: CalendarView): Html {
  const { resource, next, kind } = entry;
  const title = typeof resource["summary"] === "string" ? resource["summary"] : "(no title)";
  const location = typeof resource["location"] === "string" ? resource["location"] : undefined;
  const tag = TAGS[kind];
  return html`<li data-key="${resource.id}" data-etag="${resource.etag}">
    <time datetime="${next.start.dateTime ?? next.start.date}">${timeText(next.start)}</time>
    <span class="title"
      >${title}${tag !== undefined && html`<span class="tag">${tag}</span>`}${location !== undefined && html`<br /><span class="where">${location}</span>`}</span
    >
    <a
      href="/google?${placeQuery(view)}&amp;edit=${encodeURIComponent(resource.id)}"
      aria-label="Edit ${title}"
      >Edit</a
    >
  </li>`;
}

/** The part of the page that is renewed while it is open. */
export function eventsFragment(view: CalendarView): Html {
  if (view.events.length === 0) return html`<p>Nothing is coming up.</p>`;
  return html`<ol class="events">
    ${view.events.map((entry) => row(entry, view))}
  </ol>`;
}

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

function eventForm(view: CalendarView): Html {
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

export function calendarPage(view: CalendarView): string {
  return page(
    `${view.calendar.summary} (pretend Google)`,
    html`${header(view)}
      <main class="columns">
        <section class="card" aria-labelledby="list-title">
          <h2 id="list-title">Coming up</h2>
          <p class="live">This list renews itself; what has changed lights up.</p>
          <div data-live="/google/events?${placeQuery(view)}" aria-live="polite">
            ${eventsFragment(view)}
          </div>
        </section>
        ${eventForm(view)}
      </main>`,
    "live.js",
  );
}
