import express, { type Request, type Response, type Router } from "express";
import type { Call, Operation } from "./api-context.ts";
import { databaseOperations } from "./api-databases.ts";
import { otherOperations } from "./api-others.ts";
import { pageOperations } from "./api-pages.ts";
import type { Bot } from "./bots.ts";
import { failed } from "./check-body.ts";
import {
  invalid,
  invalidRequestUrl,
  markResponse,
  NotionError,
  restricted,
  sendError,
  unauthorised,
} from "./errors.ts";
import { type Moment, runHooks } from "./hooks.ts";
import { parseId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import { isObject, type JsonObject } from "../json.ts";

/** From this version on nothing is called archived any more. */
const WITHOUT_ARCHIVED = "2026-03-11";
const VERSIONS = new Set(["2025-09-03", WITHOUT_ARCHIVED]);
const OLD_VERSIONS = new Set(["2021-05-13", "2021-08-16", "2022-02-22", "2022-06-28"]);
const MOST_BYTES = 500_000;

/** The API under the paths Notion gives it below `/v1`. */
export function createNotionApi(notion: Notion): Router {
  const router = express.Router();
  const limit = createRateLimit();
  const text = express.text({ type: () => true, limit: "20mb" });
  for (const operation of [...otherOperations, ...databaseOperations, ...pageOperations])
    router[operation.verb](operation.path, text, (request: Request, response: Response) =>
      serve({ notion, limit, operation }, request, response),
    );
  router.use((request, response, next) => {
    // Google has one address of its own below the same root.
    if (request.path === "/userinfo") next();
    else sendError(response, invalidRequestUrl());
  });
  return router;
}

interface Serving {
  readonly notion: Notion;
  readonly limit: RateLimit;
  readonly operation: Operation;
}

function serve({ notion, limit, operation }: Serving, request: Request, response: Response): void {
  try {
    const { bot, token } = authenticate(notion, request);
    response.locals["account"] = bot.id;
    const version = versionOf(request);
    limit(notion, token, response);
    if (operation.needs !== undefined && !bot.capabilities.includes(operation.needs))
      throw restricted();
    const actor = { id: bot.id, type: "bot" } as const;
    const call = { notion, bot, actor, body: readBody(request, version), request, response };
    send(response, inVersion(perform(operation, call), version));
  } catch (error) {
    if (error instanceof NotionError) sendError(response, error);
    else throw error;
  }
}

/** Does what is asked, with what persons were to do around it, and gives the answer. */
function perform(operation: Operation, call: Call): JsonObject {
  const { notion, request } = call;
  const named = request.params["page_id"] ?? request.params["block_id"];
  const hooked = (moment: Moment, pageId: string | undefined): void =>
    runHooks(notion, { operation: operation.id, moment, pageId });
  const asked = parseId(String(named ?? ""));
  hooked("before", asked);
  const { show, pageId = asked } = operation.run(call);
  count(call, operation, pageId);
  hooked("applied", pageId);
  const answer = show();
  hooked("after", pageId);
  return answer;
}

function count(
  { notion: { counters } }: Call,
  { id, needs }: Operation,
  pageId: string | undefined,
): void {
  if (needs === "update" || needs === "insert") counters.writePage(id, pageId);
  else counters.read(id, pageId);
}

function authenticate(notion: Notion, request: Request): { bot: Bot; token: string } {
  const token = /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1] ?? "";
  const bot = notion.bots.byToken(token);
  if (bot === undefined) throw unauthorised();
  return { bot, token };
}

function versionOf(request: Request): string {
  const version = request.get("notion-version");
  const said = (problem: string): string => `Notion-Version header failed validation: ${problem}`;
  if (version === undefined)
    throw new NotionError(
      400,
      "missing_version",
      said("header.Notion-Version should be defined, instead was `undefined`."),
    );
  if (OLD_VERSIONS.has(version))
    throw invalid("Databases with multiple data sources are not supported in this API version.");
  if (!VERSIONS.has(version))
    throw new NotionError(
      400,
      "missing_version",
      said(`header.Notion-Version should be a version of the API, instead was \`"${version}"\`.`),
    );
  return version;
}

/** A body that is empty, as the official client sends one, is an empty object. */
function readBody(request: Request, version: string): unknown {
  const text: unknown = request.body;
  if (typeof text !== "string" || text === "") return {};
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new NotionError(413, "validation_error", "Request body too large.");
  const body = parse(text);
  if (version >= WITHOUT_ARCHIVED && isObject(body) && body["archived"] !== undefined)
    throw failed("body.archived", "not present", body["archived"]);
  return body;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotionError(400, "invalid_json", "Error parsing JSON body.");
  }
}

/** The answer as the version words it. */
function inVersion(answer: JsonObject, version: string): JsonObject {
  if (version < WITHOUT_ARCHIVED) return answer;
  return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
    key === "archived" ? undefined : value,
  ) as JsonObject;
}

function send(response: Response, answer: JsonObject): void {
  const requestId = markResponse(response);
  response.json({ ...answer, request_id: requestId });
}
