import express, { type Router } from "express";
import { type Html, html, page } from "../html.ts";
import type { Arrival } from "./arrivals.ts";
import { messageView } from "./message-views.ts";
import type { Sinks } from "./sinks.ts";

const MOST_ROWS = 200;
const NAMES = { slack: "Slack", discord: "Discord", smtp: "Mail", webhook: "Webhook" };

/** The page on which a person sees the alerts arrive. */
export function createSinksPages(sinks: Sinks): Router {
  const router = express.Router();
  router.get("/sinks", (_request, response) => void response.type("html").send(sinksPage(sinks)));
  router.get("/sinks/list", (_request, response) => {
    response.type("html").send(rows(sinks).text);
  });
  return router;
}

function sinksPage(sinks: Sinks): string {
  return page(
    "Alerts (pretend)",
    html`<header>
        <div>
          <p class="eyebrow">Pretend Slack, Discord, mail and webhooks</p>
          <h1>Alerts</h1>
        </div>
      </header>
      <main>
        <section class="card" aria-labelledby="list-title">
          <h2 id="list-title">What arrived</h2>
          <p class="live">
            The newest comes first. Mail arrives at port ${sinks.mail.port ?? "none"}.
          </p>
          <ol class="events" data-live="/sinks/list">
            ${rows(sinks)}
          </ol>
        </section>
      </main>`,
    "live.js",
  );
}

function rows({ arrivals }: Sinks): Html {
  const newest = arrivals.of().slice(-MOST_ROWS).toReversed();
  if (newest.length === 0) return html`<li><span>Nothing has arrived yet.</span></li>`;
  return html`${newest.map(row)}`;
}

/** Only the end of an address is shown: the whole of it lets anybody post. */
function row(arrival: Arrival): Html {
  const { seq, at, sink, via, address, content } = arrival;
  const tail = sink === "smtp" || sink === "webhook" ? address : `…${address.slice(-4)}`;
  return html`<li data-key="${seq}" data-etag="${String(content["edited_timestamp"] ?? "")}">
    <time datetime="${at}">${at.slice(0, 19).replace("T", " ")}</time>
    <div>
      <span class="title">${NAMES[sink]}</span> <span class="where">${via} ${tail}</span>
      ${messageView(arrival)}
    </div>
    <span>${outcome(arrival)}</span>
  </li>`;
}

function outcome({ accepted, status, answer }: Arrival): Html {
  if (accepted) return html`<span class="tag">${status ?? "no answer"}</span>`;
  const said = status === 204 ? "lost" : answer;
  return html`<span class="problem">${status ?? "no answer"} ${said.slice(0, 200)}</span>`;
}
