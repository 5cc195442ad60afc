import express, { type Request, type Response, type Router } from "express";
import { calendarListOperations } from "./api-calendar-list.ts";
import { calendarOperations } from "./api-calendars.ts";
import { channelOperations } from "./api-channels.ts";
import type { Answer, Call, Operation } from "./api-context.ts";
import { eventOperations } from "./api-events.ts";
import { otherOperations } from "./api-others.ts";
import { readQuery, textParameter } from "./check-request.ts";
import { type Method, methods } from "./discovery.ts";
import { forbidden, GoogleError, notFound, sendError, unauthorised } from "./errors.ts";
import { applyMask, parseMask } from "./fields.ts";
import type { Google } from "./google.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import type { Json } from "../json.ts";

const SCOPE_PREFIX = "https://www.googleapis.com/auth/";
const operations: Readonly<Record<string, Operation>> = {
  ...eventOperations,
  ...calendarOperations,
  ...calendarListOperations,
  ...channelOperations,
  ...otherOperations,
};

/** The Calendar API under the paths Google gives it. */
export function createApi(google: Google): Router {
  const router = express.Router();
  const limit = createRateLimit();
  router.use(express.text({ type: () => true, limit: "20mb" }));
  for (const method of methods) {
    const operation = operations[method.id];
    if (operation === undefined) continue;
    router[method.verb](`/${method.path.replaceAll(/\{(\w+)\}/g, ":$1")}`, (request, response) =>
      serve(google, method, operation, limit, request, response),
    );
  }
  router.use((_request, response) => sendError(response, notFound()));
  return router;
}

async function serve(
  google: Google,
  method: Method,
  operation: Operation,
  limit: RateLimit,
  request: Request,
  response: Response,
): Promise<void> {
  try {
    const call = openCall(google, method, request, response);
    limit(google, call.account.email, response);
    if (method.verb === "get") google.counters.read(method.id);
    const answer = await operation(call);
    await pace(google, answer);
    send(call, answer);
  } catch (error) {
    if (error instanceof GoogleError) sendError(response, error);
    else throw error;
  }
}

function openCall(google: Google, method: Method, request: Request, response: Response): Call {
  const { email, clientId, scopes } = authenticate(google, request);
  response.locals["account"] = email;
  const account = google.accounts.get(email);
  if (account === undefined) throw unauthorised();
  if (!method.scopes.some((scope) => scopes.includes(SCOPE_PREFIX + scope))) {
    throw forbidden("insufficientPermissions", "Request had insufficient authentication scopes.");
  }
  const query = readQuery(request.originalUrl, method);
  return { google, account, clientId, query, body: readBody(request), request, response };
}

function authenticate(
  google: Google,
  request: Request,
): { email: string; clientId: string; scopes: readonly string[] } {
  const header = /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1];
  const inQuery = new URL(request.originalUrl, "http://sandbox").searchParams.get("oauth_token");
  const token = google.grants.accessTokens.get(header ?? inQuery ?? "");
  if (token === undefined || token.expiresAt <= google.clock.now()) throw unauthorised();
  return token;
}

function readBody(request: Request): unknown {
  const text: unknown = request.body;
  if (typeof text !== "string" || text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new GoogleError(400, "global", "parseError", "Parse Error");
  }
}

/** Slows lists down where a test wants a provider that is not quick. */
async function pace({ settings }: Google, answer: Answer): Promise<void> {
  if (
    !("count" in answer) ||
    settings.eventsPerSecond === undefined ||
    settings.eventsPerSecond === null
  )
    return;
  const delay = (answer.count / settings.eventsPerSecond) * 1000;
  await new Promise((resolve) => setTimeout(resolve, delay));
}

function send({ query, response }: Call, answer: Answer): void {
  response.set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
  if ("status" in answer) {
    response.status(answer.status).end();
    return;
  }
  response.set("Content-Type", "application/json; charset=UTF-8");
  if ("etag" in answer && answer.etag !== undefined) response.set("ETag", answer.etag);
  const fields = textParameter(query, "fields");
  const text = "json" in answer ? answer.json : JSON.stringify(answer.value);
  response.end(
    fields === undefined
      ? text
      : JSON.stringify(applyMask(JSON.parse(text) as Json, parseMask(fields))),
  );
}
