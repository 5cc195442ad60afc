import { type Markup, markup, type Part } from "./html.ts";
import type { Words } from "./manage-words.ts";
import { clock, dayAndClock, dayOf, shortDay, zoneName } from "./manage-times.ts";

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
  const told = message && tell(message);
  return frame(words, message ? `${message.text} – ${words.heading}` : words.heading, [
    markup`<h1>${words.heading}</h1>`,
    told,
    facts(words, page),
    closed === null
      ? [moving(words, page), "\n", cancelling(words, page)]
      : markup`<p class="said">${words.closed[closed]}</p>`,
    markup`<footer><p>${words.keep}</p></footer>`,
  ]);
}

/** What is said where there is no booking to show. The same for every reason of one kind. */
export function sorryPage(words: Words, why: keyof Words["wrong"]): string {
  const [heading, text] = words.wrong[why];
  return frame(words, heading, [markup`<h1>${heading}</h1>`, markup`<p>${text}</p>`]);
}

function frame({ lang }: Words, title: string, pieces: readonly Part[]): string {
  return markup`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/manage.css">
</head>
<body>
<main>
${pieces.map((piece) => [piece, "\n"])}</main>
</body>
</html>
`.text;
}

function tell({ text, isAlert }: NonNullable<ManagePage["message"]>): Markup {
  return isAlert
    ? markup`<p class="alert" role="alert">${text}</p>`
    : markup`<p class="said" role="status">${text}</p>`;
}

function facts(words: Words, page: ManagePage): Markup {
  const { title, name, note, zone, from, to } = page;
  const isOneDay = dayOf(words, zone, from) === dayOf(words, zone, to);
  const end = isOneDay ? clock(words, zone, to) : dayAndClock(words, zone, to);
  const start = dayAndClock(words, zone, from);
  const fact = (term: string, text: Markup | string) => markup`<dt>${term}</dt><dd>${text}</dd>\n`;
  return markup`<dl>
${[
  fact(words.what, title),
  fact(words.when, markup`<strong>${start}</strong> ${words.until} <strong>${end}</strong>`),
  fact(words.zone, zoneName(words, zone, from)),
  fact(words.name, name),
  note === "" ? null : fact(words.note, note),
]}</dl>
${page.isMovedByHand ? markup`<p>${words.movedByHand}</p>` : null}`;
}

function moving(words: Words, page: ManagePage): Markup {
  const { later, isFirst, free } = page;
  const links = [
    later === null ? null : markup`<a href="?after=${later}">${words.later}</a> `,
    isFirst ? null : markup`<a href="?">${words.first}</a>`,
  ];
  return markup`<section aria-labelledby="move">
<h2 id="move">${words.move.heading}</h2>
${free.length === 0 ? markup`<p>${words.move.none}</p>` : moveForm(words, page)}
${later === null && isFirst ? null : markup`<p>${links}</p>`}
</section>`;
}

function moveForm(words: Words, { token, free, zone }: ManagePage): Markup {
  const days = new Map<string, Markup[]>();
  for (const { from, to, free: seats, capacity } of free) {
    const day = dayOf(words, zone, from);
    // With the day once more: a list that is closed shows nothing of its groups.
    const times = `${shortDay(words, zone, from)}, ${clock(words, zone, from)}–${clock(words, zone, to)}`;
    const text = capacity > 1 ? `${times} (${words.seats(seats)})` : times;
    const option = markup`<option value="${new Date(from).toISOString()}">${text}</option>\n`;
    days.set(day, [...(days.get(day) ?? []), option]);
  }
  return markup`<form method="post" action="/manage/${token}/move">
<label for="start">${words.move.label}</label>
<select id="start" name="start" required aria-describedby="hint">
<option value="">${words.move.choose}</option>
${[...days].map(([day, options]) => markup`<optgroup label="${day}">\n${options}</optgroup>\n`)}</select>
<p id="hint" class="hint">${words.move.hint} ${words.zone}: ${zoneName(words, zone, free[0]?.from ?? 0)}.</p>
<button>${words.move.button}</button>
</form>`;
}

/** Opened first: nobody cancels by a slip of the thumb. */
function cancelling({ cancel }: Words, { token }: ManagePage): Markup {
  return markup`<section aria-labelledby="cancel">
<h2 id="cancel">${cancel.heading}</h2>
<details><summary>${cancel.open}</summary>
<form method="post" action="/manage/${token}/cancel">
<p>${cancel.sure}</p>
<button class="end">${cancel.button}</button>
</form></details>
</section>`;
}
