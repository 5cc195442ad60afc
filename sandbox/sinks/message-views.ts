import { type Html, html } from "../html.ts";
import { asObject, type JsonObject } from "../json.ts";
import type { Arrival, SinkName } from "./arrivals.ts";
import { lines, link, listOf } from "./markup.ts";
import { slackView } from "./slack-view.ts";

/** What a person would see of a message. Everything in it is foreign text and is escaped. */
const VIEWS: Record<SinkName, (content: JsonObject) => Html> = {
  slack: slackView,
  discord: discordView,
  smtp: mailView,
  webhook: webhookView,
};

export function messageView({ sink, content }: Arrival): Html {
  const { raw } = content;
  return typeof raw === "string" ? lines(raw) : VIEWS[sink](content);
}

function discordView({ content, embeds }: JsonObject): Html {
  return html`${lines(content)}${listOf(embeds).map(
    ({ title, url, description, fields, footer }) =>
      html`<div>
        <strong>${link(url, String(title ?? ""))}</strong> ${lines(description)}
        ${listOf(fields).map(({ name, value }) => html`<div><span class="where">${String(name)}</span> ${lines(value)}</div>`)}
        ${lines(asObject(footer)["text"])}
      </div>`,
  )}`;
}

function mailView({ from, to, subject, text, html: markup, messageId }: JsonObject): Html {
  return html`<div class="where">${String(from ?? "")} → ${String(to ?? "")}</div>
    <strong>${String(subject ?? "")}</strong> ${lines(text)}
    ${
      typeof markup === "string" &&
      markup !== "" &&
      html`<details>
        <summary>HTML</summary>
        ${lines(markup)}
      </details>`
    }
    <div class="where">${String(messageId ?? "")}</div>`;
}

function webhookView({ headers, body, signature }: JsonObject): Html {
  return html`<div>Signature: ${String(signature)}</div>
    ${lines(body)}
    <details>
      <summary>Headers</summary>
      ${lines(
        Object.entries(asObject(headers))
          .map(([name, value]) => `${name}: ${String(value)}`)
          .join("\n"),
      )}
    </details>`;
}
