import type { RequestHandler, Response } from "express";
import { type ActiveRule, activate, type FaultRule, strike } from "./fault-rules.ts";

/** How the provider at an address words an error. */
type WriteError = (status: number, reason: string | undefined, url: string) => unknown;

export interface Faults {
  readonly middleware: (writeError: WriteError) => RequestHandler;
  add(rule: FaultRule): string;
  remove(id?: string): void;
  list(): { id: string; rule: FaultRule; matched: number; given: number }[];
}

const HTML =
  "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry</h1></body></html>";
const EMPTY_LIST = '{"kind":"calendar#events","items":[]}';
const BODIES = {
  garbage: "\u0000\u0001{]not json",
  html: HTML,
  truncated: '{"kind":"calendar#events","items":[{"id":',
  "empty-list": EMPTY_LIST,
  empty: "",
};

export function createFaults(): Faults {
  const rules = new Map<string, ActiveRule>();
  return {
    middleware: (writeError) => (request, response, next) => {
      const active = strike(rules.values(), {
        method: request.method,
        url: request.originalUrl,
        headers: request.headers,
      });
      if (active === undefined) next();
      else if (active.rule.phase === "after") strikeAfter(active.rule, response, writeError, next);
      else strikeBefore(active.rule, response, writeError, next);
    },
    add: (rule) => {
      const active = activate(rule);
      rules.set(active.rule.id, active);
      return active.rule.id;
    },
    remove: (id) => void (id === undefined ? rules.clear() : rules.delete(id)),
    list: () =>
      [...rules.values()].map(({ rule, matched, given }) => ({
        id: rule.id,
        rule,
        matched,
        given,
      })),
  };
}

function strikeBefore(
  rule: FaultRule,
  response: Response,
  writeError: WriteError,
  next: () => void,
): void {
  if (rule.kind === "delay") setTimeout(next, rule.delayMs ?? 1000);
  else later(rule, () => give(rule, response, writeError));
}

/** Lets the call be applied and takes its answer away at the moment it would be sent. */
function strikeAfter(
  rule: FaultRule,
  response: Response,
  writeError: WriteError,
  next: () => void,
): void {
  const end = response.end.bind(response) as (
    chunk?: unknown,
    encoding?: BufferEncoding,
  ) => Response;
  const replacement = (chunk?: unknown): Response => {
    response.end = end as Response["end"];
    if (rule.kind === "delay") setTimeout(() => end(chunk), rule.delayMs ?? 1000);
    else {
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      later(rule, () => give(rule, response, writeError, chunk));
    }
    return response;
  };
  response.end = replacement as Response["end"];
  next();
}

function later(rule: FaultRule, act: () => void): void {
  if (rule.delayMs !== undefined && rule.kind !== "timeout") setTimeout(act, rule.delayMs);
  else act();
}

function give(rule: FaultRule, response: Response, writeError: WriteError, sent?: unknown): void {
  for (const [name, value] of Object.entries(rule.headers ?? {})) response.setHeader(name, value);
  if (rule.kind === "reset") response.socket?.resetAndDestroy();
  else if (rule.kind === "timeout") hold(rule, response);
  else if (rule.kind === "body") giveBody(rule, response, sent);
  else {
    const status = rule.status ?? 500;
    response.status(status).json(writeError(status, rule.reason, response.req.originalUrl));
  }
}

/** Never answers; the connection is dropped after the delay, or when the caller gives up. */
function hold(rule: FaultRule, response: Response): void {
  if (rule.delayMs === undefined) return;
  const timer = setTimeout(() => response.destroy(), rule.delayMs);
  response.once("close", () => clearTimeout(timer));
}

function giveBody(rule: FaultRule, response: Response, sent: unknown): void {
  const variant = rule.body ?? "garbage";
  response.status(rule.status ?? 200);
  if (variant === "trickle") {
    trickle(response);
    return;
  }
  const real = typeof sent === "string" || Buffer.isBuffer(sent) ? String(sent) : "";
  response.type(variant === "html" ? "text/html" : "application/json").end(spoil(variant, real));
}

/** What is left of the real answer, where there is one. */
function spoil(variant: keyof typeof BODIES, real: string): string {
  if (variant === "truncated" && real.length > 2) return real.slice(0, Math.floor(real.length / 2));
  // Employes gives some of its lists bare.
  if (variant === "empty-list" && real.startsWith("[")) return "[]";
  if (variant === "empty-list" && real.startsWith("{"))
    return JSON.stringify(emptied(JSON.parse(real)));
  return BODIES[variant];
}

/** A list without its entries: Google calls them items, Notion results, KiotViet data. */
function emptied(list: object): object {
  if ("data" in list) return { ...list, data: [] };
  if (!("results" in list)) return { ...list, items: [] };
  return { ...list, results: [], next_cursor: null, has_more: false };
}

/** A body without end, a byte each second. */
function trickle(response: Response): void {
  response.type("application/json").write("{");
  const timer = setInterval(() => response.write(" "), 1000);
  response.once("close", () => clearInterval(timer));
}
