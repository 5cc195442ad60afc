import type { Request, RequestHandler, Response } from "express";
import type { Clock } from "./clock.ts";

interface LoggedRequest {
  readonly seq: number;
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly status: number;
  readonly account: string | null;
  readonly durationMs: number;
}

export interface RequestLog {
  readonly middleware: RequestHandler;
  since(seq: number): LoggedRequest[];
  clear(): void;
}

const CAPACITY = 20_000;
const SECRET_PARAMETERS = new Set([
  "access_token",
  "oauth_token",
  "token",
  "code",
  "client_secret",
  "refresh_token",
  "key",
]);

/** Query parameters without those that carry a secret: a log must be safe to show. */
function safeQuery(url: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(url, "http://sandbox").searchParams) {
    query[name] = SECRET_PARAMETERS.has(name)
      ? "(hidden)"
      : name in query
        ? `${query[name]},${value}`
        : value;
  }
  return query;
}

export function createRequestLog(clock: Clock): RequestLog {
  let entries: LoggedRequest[] = [];
  let seq = 0;
  const record = (request: Request, response: Response, startedAt: number): void => {
    const url = request.originalUrl;
    entries.push({
      seq: ++seq,
      time: new Date(clock.now()).toISOString(),
      method: request.method,
      path: url.split("?", 1)[0] ?? url,
      query: safeQuery(url),
      status: response.writableFinished ? response.statusCode : 0,
      account: typeof response.locals["account"] === "string" ? response.locals["account"] : null,
      durationMs: Math.round(performance.now() - startedAt),
    });
    if (entries.length > CAPACITY * 1.25) entries = entries.slice(-CAPACITY);
  };
  return {
    // A status of 0 stands for a request that never got a whole answer.
    middleware: (request, response, next) => {
      const startedAt = performance.now();
      response.once("close", () => record(request, response, startedAt));
      next();
    },
    since: (from) => entries.slice(-CAPACITY).filter((entry) => entry.seq > from),
    clear: () => {
      entries = [];
    },
  };
}
