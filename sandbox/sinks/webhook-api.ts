import express, { type Request, type Response, type Router } from "express";
import { type Answer, answerText, rawText, send, statusText } from "./answer.ts";
import type { Sinks } from "./sinks.ts";
import type { Trouble } from "./troubles.ts";
import { type Verdict, verify } from "./webhook-signature.ts";

/** A webhook of anybody's, which checks signatures as Standard Webhooks says once it knows the secret. */
export function createWebhookApi(sinks: Sinks): Router {
  const router = express.Router();
  router.post("/:name", (request, response) => receive(sinks, request, response));
  return router;
}

function receive(sinks: Sinks, request: Request, response: Response): void {
  const name = String(request.params["name"]);
  const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const secret = sinks.webhookSecrets.get(name);
  const signature = verify({ header: (header) => request.get(header), body, secret });
  const trouble = sinks.troubles.take("webhook", name);
  const answer = trouble === undefined ? judge(signature) : troubled(trouble);
  sinks.arrivals.add({
    sink: "webhook",
    via: "webhook",
    address: name,
    status: answer.status,
    answer: answerText(answer),
    accepted: answer.status === 200,
    content: { headers: headersOf(request), body: rawText(request), signature },
  });
  send(response, answer);
}

function judge(signature: Verdict): Answer {
  if (signature === "valid" || signature === "not checked")
    return { status: 200, body: { ok: true } };
  return { status: 401, body: { error: `signature: ${signature}` } };
}

function troubled({ kind: { status }, asked }: Trouble): Answer {
  const body = asked.body ?? { error: statusText(status) };
  if (status !== 429) return { status, body };
  return { status, body, headers: { "Retry-After": String(Math.ceil(asked.retryAfter ?? 30)) } };
}

function headersOf(request: Request): Record<string, string> {
  const entries = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(entries) as Record<string, string>;
}
