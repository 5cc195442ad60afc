import { type Html, html } from "../html.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

const KEPT_BREAKS = "white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0";

export function paragraph(pieces: readonly (Html | string)[]): Html {
  return html`<p style="${KEPT_BREAKS}">${pieces}</p>`;
}

/** Text with its line breaks, if there is any. */
export function lines(text: unknown): Html {
  return text === undefined || text === null || text === "" ? html`` : paragraph([String(text)]);
}

/** A link only where it leads to a page: what looks like one may be anything. */
export function link(url: unknown, text: string): Html {
  if (typeof url !== "string" || !/^https?:\/\//.test(url)) return html`${text}`;
  return html`<a href="${url}" rel="noreferrer">${text}</a>`;
}

export function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
