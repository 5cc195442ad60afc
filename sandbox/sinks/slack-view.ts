import { type Html, html } from "../html.ts";
import { asObject, type Json, type JsonObject } from "../json.ts";
import { link, listOf, paragraph } from "./markup.ts";

/** Blocks as far as alerts use them; without blocks the text. */
export function slackView({ text, blocks, attachments }: JsonObject): Html {
  const parts = listOf(blocks);
  return html`${parts.length === 0 && mrkdwn(text)} ${parts.map(blockView)}
  ${listOf(attachments).map((one) => mrkdwn(one["text"] ?? one["fallback"]))}`;
}

function blockView(block: JsonObject): Html {
  const { type, text, fields, elements } = block;
  if (type === "header") return html`<strong>${textOf(text)}</strong>`;
  if (type === "divider") return html`<hr />`;
  return html`${mrkdwn(textOf(text))}${listOf(fields).map((field) => mrkdwn(field["text"]))}
  ${listOf(elements).map((element) => elementView(element))}`;
}

function elementView({ type, url, text }: JsonObject): Html {
  if (type === "button") return html`<span class="tag">${link(url, textOf(text))}</span>`;
  return mrkdwn(text);
}

function textOf(value: Json | undefined): string {
  return String(asObject(value)["text"] ?? "");
}

const MARKED = /<(?<url>https?:[^|>]+)(?:\|(?<label>[^>]*))?>|\*(?<bold>[^*\n]+)\*/g;

/** Links, bold text and the three escaped letters of section 1; the rest stays as it is. */
function mrkdwn(value: Json | undefined): Html {
  if (typeof value !== "string" || value === "") return html``;
  const pieces: (Html | string)[] = [];
  let end = 0;
  for (const found of value.matchAll(MARKED)) {
    const { url, label, bold } = found.groups ?? {};
    pieces.push(unescaped(value.slice(end, found.index)));
    pieces.push(
      url === undefined
        ? html`<strong>${unescaped(bold ?? "")}</strong>`
        : link(unescaped(url), unescaped(label ?? url)),
    );
    end = found.index + found[0].length;
  }
  pieces.push(unescaped(value.slice(end)));
  return paragraph(pieces);
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
