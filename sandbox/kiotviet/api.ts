import express, { type Request, type Response, type Router } from "express";
import { bulkOperations } from "./api-bulk.ts";
import { categoryOperations } from "./api-categories.ts";
import type { Operation } from "./api-context.ts";
import { otherOperations } from "./api-others.ts";
import { productOperations } from "./api-products.ts";
import { webhookOperations } from "./api-webhooks.ts";
import { createConnect } from "./connect.ts";
import { badToken, invalid, KiotVietError, notFound, sendError, wrongRetailer } from "./errors.ts";
import type { KiotViet } from "./kiotviet.ts";
import { Query } from "./query.ts";
import type { Shop } from "./shop.ts";
import type { Json } from "../json.ts";

const OPERATIONS = [
  ...productOperations,
  ...bulkOperations,
  ...categoryOperations,
  ...otherOperations,
  ...webhookOperations,
];

/** The API and its token endpoint under the paths KiotViet gives them. */
export function createKiotVietApi(kiotViet: KiotViet): Router {
  const router = express.Router();
  router.use(createConnect(kiotViet));
  const text = express.text({ type: () => true, limit: "20mb" });
  for (const operation of OPERATIONS)
    router[operation.verb](operation.path, text, (request: Request, response: Response) =>
      serve(kiotViet, operation, request, response),
    );
  router.use((_request, response) => sendError(response, notFound("Đường dẫn")));
  return router;
}

function serve(
  kiotViet: KiotViet,
  operation: Operation,
  request: Request,
  response: Response,
): void {
  try {
    const shop = authenticate(kiotViet, request);
    response.locals["account"] = shop.credentials.retailer;
    if (operation.verb === "get")
      kiotViet.limit.take(
        shop.credentials.retailer,
        kiotViet.clock.now(),
        kiotViet.settings,
        response,
      );
    response.json(perform(kiotViet, shop, operation, request));
  } catch (error) {
    if (error instanceof KiotVietError) sendError(response, error);
    else throw error;
  }
}

/** Answers, and lets happen what was to happen around this call. */
function perform(
  kiotViet: KiotViet,
  shop: Shop,
  { id, verb, run }: Operation,
  request: Request,
): Json {
  const { hooks, settings, counters } = kiotViet;
  const met = verb === "get" ? hooks.meet(shop, request.path) : [];
  hooks.run(shop, met, "before");
  const query = new Query(request.originalUrl);
  const answer = run({ kiotViet, shop, settings, query, body: readBody(request), request });
  if (verb === "get") counters.read(`kiotviet.${id}`);
  else counters.write(`kiotviet.${id}`);
  hooks.run(shop, met, "after");
  return answer;
}

function authenticate(kiotViet: KiotViet, request: Request): Shop {
  const token = /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1] ?? "";
  const retailer = kiotViet.tokens.retailerOf(token, kiotViet.clock.now());
  const shop = retailer === undefined ? undefined : kiotViet.shops.get(retailer);
  if (shop === undefined) throw badToken();
  if (request.get("retailer") !== retailer) throw wrongRetailer();
  return shop;
}

function readBody(request: Request): unknown {
  const text: unknown = request.body;
  if (typeof text !== "string" || text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("Dữ liệu gửi lên không phải JSON");
  }
}
