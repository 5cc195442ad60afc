import { randomUUID } from "node:crypto";
import express, { type ErrorRequestHandler, type Express } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import helmet from "helmet";
import { pinoHttp } from "pino-http";
import { sha256 } from "../db/secrets.ts";
import { presentedKey } from "./access.ts";
import { cors } from "./cors.ts";
import type { Deps } from "./deps.ts";
import { dispatch } from "./dispatch.ts";
import { docs } from "./docs.ts";
import { toProblem } from "./failures.ts";
import { answerStrays } from "./kiotviet-webhook.ts";
import { answerCustomer, asSecret, pageToken, pageTokens } from "./manage-guard.ts";
import { notFound, Problem, toBody } from "./problems.ts";
import { routes } from "./routes.ts";
import { holdOffStrangers } from "./strangers.ts";

const minute = 60_000;

/** The whole API as an Express app; it listens nowhere yet. */
export function createApp(deps: Deps): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  // Nobody's X-Forwarded-For is believed.
  app.set("trust proxy", false);
  app.use(log(deps), helmet(policies));
  app.use("/api/webhooks/kiotviet", answerStrays());
  app.use(cors(deps.config.CORS_ORIGINS));
  app.use("/api", (_req, res, next) => {
    res.set("Cache-Control", "no-store");
    next();
  });
  app.use("/manage", asSecret, holdOffStrangers(deps.now, pageTokens));
  const limiter = limit(deps);
  const guard = holdOffStrangers(deps.now);
  for (const route of routes) {
    const before = [
      ...(route.role === "public" ? [] : [guard]),
      ...(route.limited ? [limiter] : []),
    ];
    app[route.method](route.path, ...before, dispatch(deps, route));
  }
  app.use("/docs", docs());
  refuseOtherMethods(app);
  app.use(() => {
    throw notFound();
  });
  app.use("/manage", answerCustomer(deps));
  app.use(answerProblem(deps));
  return app;
}

const policies: Parameters<typeof helmet>[0] = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      fontSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // The dashboard and other origins on the allow-list read the answers.
  crossOriginResourcePolicy: { policy: "same-site" },
  referrerPolicy: { policy: "no-referrer" },
};

/** One line per request: never a body, a header or a query, since consent comes back in one. */
function log(deps: Deps) {
  return pinoHttp({
    logger: deps.log,
    genReqId: (_req, res) => {
      const id = randomUUID();
      res.setHeader("X-Request-Id", id);
      return id;
    },
    wrapSerializers: false,
    quietReqLogger: true,
    customProps: (req) => ({ requestId: req.id }),
    serializers: {
      req: (req: { method: string; url?: string }) => ({
        method: req.method,
        path: pathOf(req.url),
      }),
      res: (res: { statusCode: number }) => ({ status: res.statusCode }),
    },
    autoLogging: { ignore: (req) => req.url === "/healthz" || req.url === "/readyz" },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? "warn" : "info"),
  });
}

/** The last part of where signals of a subscription arrive is its secret, and so is what follows a customer's page. */
function pathOf(url = ""): string {
  return (url.split("?", 1)[0] ?? "").replace(/(\/webhooks\/notion\/|\/manage\/).+/i, "$1…");
}

function limit(deps: Deps) {
  return rateLimit({
    windowMs: minute,
    limit: deps.config.REQUESTS_PER_MINUTE,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: (req) => {
      const key = presentedKey(req) ?? pageToken(req);
      return key === null ? ipKeyGenerator(req.ip ?? "") : sha256(key).toString("base64url");
    },
    handler: (_req, res, next) => {
      const retryAfterSeconds = Number(res.getHeader("retry-after") ?? 60);
      next(
        new Problem("too_many_requests", "This key has made too many requests within a minute.", {
          retryAfterSeconds,
        }),
      );
    },
    validate: { xForwardedForHeader: false },
  });
}

function refuseOtherMethods(app: Express): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = routes
      .filter((route) => route.path === path)
      .map((route) => route.method.toUpperCase());
    if (allowed.includes("GET")) allowed.push("HEAD");
    app.all(path, (req, res) => {
      res.set("Allow", allowed.join(", "));
      if (req.method === "OPTIONS") return void res.status(204).end();
      throw new Problem("method_not_allowed", `Only ${allowed.join(", ")} can be used here.`);
    });
  }
}

/** The one place in which errors become answers. Details of unexpected ones go to the log alone. */
function answerProblem(deps: Deps): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const problem = toProblem(error);
    const requestId = res.getHeader("X-Request-Id")?.toString() ?? "";
    if (problem.status >= 500)
      deps.log.error(
        { err: problem.cause ?? problem, requestId, code: problem.code },
        "a request failed",
      );
    if (res.headersSent) return void res.destroy();
    if (problem.retryAfterSeconds !== undefined)
      res.set("Retry-After", String(problem.retryAfterSeconds));
    if (problem.status === 401) res.set("WWW-Authenticate", 'Bearer realm="Syncline"');
    // What was not read of the body would be taken for the next request.
    if (!req.complete) res.set("Connection", "close");
    res
      .status(problem.status)
      .type("application/problem+json")
      .send(JSON.stringify(toBody(problem, deps.config.PUBLIC_URL, requestId)));
  };
}
