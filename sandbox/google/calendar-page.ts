import { type CalendarView, placeQuery } from "./calendar-view.ts";
import type { EventTime } from "./event.ts";
import { eventForm } from "./event-form.ts";
import type { Upcoming } from "./upcoming.ts";
import { type Html, html, page } from "../html.ts";

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
      <h2>Notion</h2>
      <p><a href="/notion">Databases</a></p>
    </main>`,
  );
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
