import type { ErrorRequestHandler, Request, RequestHandler } from "express";
import type { Deps } from "./deps.ts";
import { toProblem } from "./failures.ts";
import { sorryPage } from "./manage-page.ts";
import { english, type Words } from "./manage-words.ts";
import type { Problem } from "./problems.ts";
import type { Showing } from "./strangers.ts";

/** The secret in the address of a customer's page, as it stands there. */
export function pageToken(req: Request): string | null {
  return /^\/manage\/([^/?]+)/i.exec(req.originalUrl)?.[1] ?? null;
}

/** An address that tries many of them is held off; one that has shown its page passes. */
export const pageTokens: Showing = {
  shown: pageToken,
  verdict(status) {
    if (status === 404) return "nobody's";
    return status < 400 ? "let in" : null;
  },
};

/** Kept by nobody, found by no search, and told to no other site. */
export const asSecret: RequestHandler = (_req, res, next) => {
  res.set({
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
  });
  next();
};

/** What goes wrong under a customer's address is told as a page. No address that is wrong differs from another. */
export function answerCustomer(deps: Deps): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const isUnreadable = error instanceof URIError;
    const problem = toProblem(error);
    const why = isUnreadable ? "unknown" : reasonOf(problem);
    if (problem.status >= 500)
      deps.log.error({ err: problem.cause ?? problem, code: problem.code }, "a page failed");
    if (problem.retryAfterSeconds !== undefined)
      res.set("Retry-After", String(problem.retryAfterSeconds));
    if (!req.complete) res.set("Connection", "close");
    res
      .status(isUnreadable ? 404 : problem.status)
      .type("html")
      .send(sorryPage(english, why));
  };
}

function reasonOf({ status }: Problem): keyof Words["wrong"] {
  if (status === 404) return "unknown";
  if (status === 403) return "crossSite";
  if (status === 429) return "tooMany";
  return status >= 500 ? "down" : "unread";
}
