import type { RequestHandler } from "express";

const methods = "GET, POST, PUT, PATCH, DELETE";
const requestHeaders =
  "Authorization, X-API-Key, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID";
const answerHeaders =
  "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotency-Replayed";

/** Browsers of the origins on the list may call; keys travel in headers, so no credentials are allowed. */
export function cors(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  return (req, res, next) => {
    res.vary("Origin");
    const origin = req.get("origin");
    const known = origin !== undefined && allowed.has(origin);
    if (known) {
      res.set("Access-Control-Allow-Origin", origin);
      res.set("Access-Control-Expose-Headers", answerHeaders);
    }
    // Without this header it is no browser that asks before a call, but somebody who wants `Allow`.
    const isPreflight =
      req.method === "OPTIONS" && req.get("access-control-request-method") !== undefined;
    if (!isPreflight) return next();
    if (known) {
      res.set("Access-Control-Allow-Methods", methods);
      res.set("Access-Control-Allow-Headers", requestHeaders);
      res.set("Access-Control-Max-Age", "600");
    }
    res.status(204).end();
  };
}
