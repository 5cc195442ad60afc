import express, { type Request, type Response, type Router } from "express";
import { compact, type JsonObject } from "../json.ts";
import { type Answer, answerText, parseObject, rawText, send } from "./answer.ts";
import type { Arrival } from "./arrivals.ts";
import { discordRefusal, discordTrouble, withLimits } from "./discord-answers.ts";
import { messageOf, snowflake } from "./discord-message.ts";
import type { Sinks } from "./sinks.ts";

const HOOK = "/api{/:version}/webhooks/:id/:token";

/** Discord's side of section 3. */
export function createDiscordApi(sinks: Sinks): Router {
  const router = express.Router();
  router.post(HOOK, (request, response) => execute(sinks, request, response));
  router.patch(`${HOOK}/messages/:message`, (request, response) => edit(sinks, request, response));
  return router;
}

function addressOf({ params }: Request): string {
  return `${String(params["id"])}/${String(params["token"])}`;
}

function execute(sinks: Sinks, request: Request, response: Response): void {
  const wait = request.query["wait"] === "true" || request.query["wait"] === "1";
  const message = readDiscord(request);
  const now = sinks.clock.now();
  const id = snowflake(now);
  const trouble = sinks.troubles.take("discord", addressOf(request));
  const refusal = trouble === undefined ? discordRefusal(message) : discordTrouble(trouble, wait);
  const saved = { id, webhookId: String(request.params["id"]), content: message ?? {}, at: now };
  const answer: Answer =
    refusal ?? (wait ? { status: 200, body: messageOf(saved) } : { status: 204, body: "" });
  sinks.arrivals.add({
    sink: "discord",
    via: wait ? "webhook" : "webhook without wait",
    address: addressOf(request),
    status: answer.status,
    answer: answerText(answer),
    accepted: refusal === undefined,
    content: { ...(refusal === undefined && { id }), ...(message ?? { raw: rawText(request) }) },
  });
  send(response, withLimits(answer, now));
}

/** Changes a message that is there; what was not named stays. */
function edit(sinks: Sinks, request: Request, response: Response): void {
  const now = sinks.clock.now();
  const trouble = sinks.troubles.take("discord", addressOf(request));
  const found = sinks.arrivals.of("discord").find((one) => isMessage(one, request));
  const answer =
    trouble === undefined ? change(found, request, now) : discordTrouble(trouble, true);
  send(response, withLimits(answer, now));
}

function isMessage({ accepted, address, content }: Arrival, request: Request): boolean {
  return accepted && address === addressOf(request) && content["id"] === request.params["message"];
}

function change(found: Arrival | undefined, request: Request, now: number): Answer {
  // Its number is not in the notes on Discord; it is the one for a message that is not known.
  if (found === undefined)
    return { status: 404, body: { message: "Unknown Message", code: 10008 } };
  const patch = readDiscord(request);
  const { edited_timestamp: _edited, ...before } = found.content;
  const after = { ...before, ...patch, id: String(before["id"]) };
  const refusal = discordRefusal(patch === undefined ? undefined : after);
  if (refusal !== undefined) return refusal;
  found.content = { ...after, edited_timestamp: new Date(now).toISOString() };
  const webhookId = String(request.params["id"]);
  const at = Date.parse(found.at);
  return { status: 200, body: messageOf({ id: after.id, webhookId, content: found.content, at }) };
}

function readDiscord(request: Request): JsonObject | undefined {
  const read = request.is("application/json") ? parseObject(rawText(request)) : undefined;
  return read === undefined ? undefined : compact(read);
}
