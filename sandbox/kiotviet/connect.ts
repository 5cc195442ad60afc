import express, { type Request, type Response, type Router } from "express";
import type { KiotViet } from "./kiotviet.ts";

const DAY_SECONDS = 86_400;

/** A refusal in the manner of IdentityServer. */
type Refusal = "invalid_request" | "invalid_client" | "unsupported_grant_type" | "invalid_scope";

/** The token endpoint, which is asked with the shop's own credentials. */
export function createConnect(kiotViet: KiotViet): Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: "100kb" });
  router.post("/connect/token", form, (request, response) => give(kiotViet, request, response));
  return router;
}

function give(kiotViet: KiotViet, request: Request, response: Response): void {
  const isForm = request.is("application/x-www-form-urlencoded") !== false;
  const given = new Map(Object.entries((request.body ?? {}) as Record<string, unknown>));
  const shop = kiotViet.shopOfClient(String(given.get("client_id") ?? ""));
  const refused = isForm
    ? refusal(given, shop?.credentials.clientSecret)
    : ("invalid_request" as const);
  kiotViet.counters.read("kiotviet.connect.token");
  if (refused !== undefined || shop === undefined) {
    response.status(400).json({ error: refused ?? "invalid_client" });
    return;
  }
  response.locals["account"] = shop.credentials.retailer;
  const access_token = kiotViet.tokens.issue(shop.credentials, kiotViet.clock.now());
  kiotViet.changed();
  response.set("Cache-Control", "no-store");
  response.json({ access_token, expires_in: DAY_SECONDS, token_type: "Bearer" });
}

function refusal(
  given: ReadonlyMap<string, unknown>,
  secret: string | undefined,
): Refusal | undefined {
  if (secret === undefined || given.get("client_secret") !== secret) return "invalid_client";
  if (given.get("grant_type") !== "client_credentials") return "unsupported_grant_type";
  // OAuth's own `scope` is not read.
  return given.get("scopes") === "PublicApi.Access" ? undefined : "invalid_scope";
}
