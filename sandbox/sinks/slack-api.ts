import express, { type Request, type Response, type Router } from "express";
import type { JsonObject } from "../json.ts";
import { type Answer, answerText, rawText, send } from "./answer.ts";
import type { Sinks } from "./sinks.ts";
import {
  keptBySlack,
  readSlack,
  slackAnswer,
  slackProblem,
  slackTrouble,
} from "./slack-message.ts";

/** Slack's side of sections 1 and 2: incoming webhooks, and the addresses for later answers. */
export function createSlackApi(sinks: Sinks): Router {
  const router = express.Router();
  router.post("/services/:a/:b/:c", (request, response) => {
    const { a, b, c } = request.params;
    receive(sinks, { via: "incoming webhook", address: `${a}/${b}/${c}`, request, response });
  });
  router.post("/commands/:team/:id/:key", (request, response) => {
    const { team, id, key } = request.params;
    const address = `commands/${team}/${id}/${key}`;
    receive(sinks, { via: "response_url", address, request, response, commandId: id });
  });
  return router;
}

interface Incoming {
  readonly via: string;
  readonly address: string;
  readonly request: Request;
  readonly response: Response;
  /** Set for what is sent to a `response_url`. */
  readonly commandId?: string;
}

function receive(sinks: Sinks, incoming: Incoming): void {
  const { via, address, request, response, commandId } = incoming;
  const message = readSlack(request);
  const trouble = sinks.troubles.take("slack", address);
  const answer = trouble === undefined ? judge(sinks, message, incoming) : slackTrouble(trouble);
  const accepted = answer.status === 200;
  sinks.arrivals.add({
    sink: "slack",
    via,
    address,
    status: answer.status,
    answer: answerText(answer),
    accepted,
    content: message === undefined ? { raw: rawText(request) } : keptBySlack(message),
  });
  if (accepted && commandId !== undefined) sinks.commands.use(commandId);
  send(response, answer);
}

function judge(
  sinks: Sinks,
  message: JsonObject | undefined,
  { address, commandId }: Incoming,
): Answer {
  if (commandId === undefined) return slackAnswer(slackProblem(message));
  // The status and words of this refusal are assumed; section 2 tells only the limits.
  const refusal = sinks.commands.refusal(commandId, address);
  if (refusal !== undefined) return { status: 404, body: { ok: false, error: refusal } };
  // A message can be taken away without anything in its place.
  if (message?.["delete_original"] === true) return slackAnswer(undefined);
  return slackAnswer(slackProblem(message));
}
