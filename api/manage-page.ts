import { html, type Markup, type Part } from "./html.ts";
import type { Words } from "./manage-words.ts";
import { clock, dayAndClock, dayOf, zoneName } from "./manage-times.ts";

/** What the customer's page shows; everything in it may come from anybody and is shown as text. */
export interface ManagePage {
  token: string;
  title: string;
  name: string;
  note: string;
  zone: string;
  /** In ms. */
  from: number;
  to: number;
  isMovedByHand: boolean;
  closed: keyof Words["closed"] | null;
  /** Free slots, by their start, in ms. */
  free: readonly { from: number; to: number; free: number; capacity: number }[];
  /** From where on later slots are shown, in ms; null where there are none. */
  later: number | null;
  isFirst: boolean;
  message: { text: string; isAlert: boolean } | null;
}

export function managePage(words: Words, page: ManagePage): string {
  const { message, closed } = page;
  const told =
    message &&
    html`<p
      class="${message.isAlert ? "alert" : "said"}"
      role="${message.isAlert ? "alert" : "status"}"
    >
      ${message.text}
    </p>`;
  return frame(words, message ? `${message.text} – ${words.heading}` : words.heading, [
    html`<h1>${words.heading}</h1>`,
    told,
    facts(words, page),
    closed === null
      ? [moving(words, page), cancelling(words, page)]
      : html`<p class="said">${words.closed[closed]}</p>`,
    html`<footer><p>${words.keep}</p></footer>`,
  ]);
}

/** What is said where there is no booking to show. The same for every reason of one kind. */
export function sorryPage(words: Words, why: keyof Words["wrong"]): string {
  const [heading, text] = words.wrong[why];
  return frame(words, heading, [html`<h1>${heading}</h1>`, html`<p>${text}</p>`]);
}

function frame({ lang }: Words, title: string, pieces: readonly Part[]): string {
  return html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/manage.css" />
      </head>
      <body>
        <main>${pieces.map((piece) => [piece, "\n"])}</main>
      </body>
    </html> `.text;
}

function facts(
  words: Words,
  { title, name, note, zone, from, to, isMovedByHand }: ManagePage,
): Markup {
  const isOneDay = dayOf(words, zone, from) === dayOf(words, zone, to);
  const end = isOneDay ? clock(words, zone, to) : dayAndClock(words, zone, to);
  const fact = (term: string, text: Markup | string) =>
    html`<dt>${term}</dt>
      <dd>${text}</dd> `;
  return html`<dl>
      ${fact(words.what, title)}${fact(words.when, html`<strong>${dayAndClock(words, zone, from)}</strong> ${words.until} <strong>${end}</strong>`)}${fact(words.zone, zoneName(words, zone, from))}${fact(words.name, name)}${note === "" ? null : fact(words.note, note)}
    </dl>
    ${isMovedByHand ? html`<p>${words.movedByHand}</p>` : null}`;
}

function moving(words: Words, page: ManagePage): Markup {
  const { later, isFirst, zone, from, free } = page;
  const others = [
    later === null ? null : html`<a href="?after=${later}">${words.later}</a> `,
    isFirst ? null : html`<a href="?">${words.first}</a>`,
  ];
  return html`<section aria-labelledby="move">
    <h2 id="move">${words.move.heading}</h2>
    ${free.length === 0 ? html`<p>${words.move.none}</p>` : moveForm(words, page)}
    <p>${others}</p>
    <p class="hint">${words.zone}: ${zoneName(words, zone, free[0]?.from ?? from)}</p>
  </section>`;
}

function moveForm(words: Words, { token, free, zone }: ManagePage): Markup {
  const days = new Map<string, (typeof free)[number][]>();
  for (const slot of free) {
    const day = dayOf(words, zone, slot.from);
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  const option = ({ from, to, free: seats, capacity }: ManagePage["free"][number]) =>
    html`<option value="${new Date(from).toISOString()}">
      ${clock(words, zone, from)}–${clock(words, zone, to)}${capacity > 1 ? ` (${words.seats(seats)})` : ""}
    </option> `;
  return html`<form method="post" action="/manage/${token}/move">
    <label for="start">${words.move.label}</label>
    <select id="start" name="start" required aria-describedby="hint">
      ${[...days].map(([day, slots]) => html`<optgroup label="${day}">${slots.map(option)}</optgroup> `)}
    </select>
    <p id="hint" class="hint">${words.move.hint}</p>
    <button>${words.move.button}</button>
  </form>`;
}

/** Opened first: nobody cancels by a slip of the thumb. */
function cancelling({ cancel }: Words, { token }: ManagePage): Markup {
  return html`<section aria-labelledby="cancel">
    <h2 id="cancel">${cancel.heading}</h2>
    <details>
      <summary>${cancel.open}</summary>
      <form method="post" action="/manage/${token}/cancel">
        <p>${cancel.sure}</p>
        <button class="end">${cancel.button}</button>
      </form>
    </details>
  </section>`;
}
