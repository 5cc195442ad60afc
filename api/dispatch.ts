import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import express, { type Request, type RequestHandler, type Response } from "express";
import type { KeyHolder } from "../db/api-keys.ts";
import { authenticate, authorise } from "./access.ts";
import type { Deps } from "./deps.ts";
import { once } from "./idempotency.ts";
import { notFound, Problem } from "./problems.ts";
import type { Answer, Call, Route } from "./route.ts";
import { validated } from "./validation.ts";

type Checked = Call<unknown, unknown, unknown>;

/** Carries out one route: who, may they, is it well-formed, has it been done already, do it, answer. */
export function dispatch(deps: Deps, route: Route): RequestHandler {
  return async (req, res) => {
    measure(deps, route, res);
    const caller = route.role === "public" ? nobody : await authenticate(deps, req);
    if (route.role !== "public") authorise(caller, route.role);
    const call = await check(route, caller, req, res);
    const key =
      route.method === "post" && route.role !== "public" ? req.get("idempotency-key") : undefined;
    const answer =
      key === undefined
        ? await route.handle(deps, call)
        : await once(deps, route, call, key, (newId) => route.handle(deps, { ...call, newId }));
    if (answer !== "streamed") send(req, res, answer);
  };
}

function measure({ observe }: Deps, { method, path }: Route, res: Response): void {
  if (!observe) return;
  const began = performance.now();
  res.once("finish", () =>
    observe({ method, path, status: res.statusCode, seconds: (performance.now() - began) / 1000 }),
  );
}

/** Public routes find out themselves whom they serve. */
const nobody: KeyHolder = { id: "", companyId: "", name: "", role: "member" };

async function check(
  route: Route,
  caller: KeyHolder,
  req: Request,
  res: Response,
): Promise<Checked> {
  // An id that is not one names nothing: the same answer as for somebody else's.
  const params = route.params.safeParse(req.params);
  if (!params.success) throw notFound();
  const query = validated(route.query, { ...req.query }, "query");
  const body = route.body ? validated(route.body, await readBody(req, res), "body") : undefined;
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  return {
    params: params.data,
    query,
    body,
    caller,
    newId: randomUUID(),
    header: (name) => req.get(name),
    req,
    res,
    gone: gone.signal,
  };
}

const parseJson = express.json({
  limit: "100kb",
  type: () => true,
  // Read leniently, what is no UTF-8 would be stored as other text than was sent.
  verify: (_req, _res, bytes, encoding) => {
    if (encoding === "utf-8" && !isUtf8(bytes)) throw new Error("not UTF-8");
  },
});

/** The body as JSON; undefined when there is none. @throws Problem 415, and body-parser's own errors */
async function readBody(req: Request, res: Response): Promise<unknown> {
  const isEmpty =
    req.headers["transfer-encoding"] === undefined &&
    Number(req.headers["content-length"] ?? 0) === 0;
  if (isEmpty) return undefined;
  if (!req.is("application/json")) {
    throw new Problem("not_json", "The body must be sent as application/json.", {
      errors: [{ in: "header", pointer: "/content-type", message: "is not application/json" }],
    });
  }
  await new Promise<void>((resolve, reject) => {
    parseJson(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  return req.body;
}

function send(req: Request, res: Response, answer: Exclude<Answer, "streamed">): void {
  res.set(answer.headers ?? {});
  const etag = answer.headers?.["ETag"];
  const isRead = req.method === "GET" || req.method === "HEAD";
  if (isRead && etag !== undefined && matches(req.get("if-none-match"), etag)) {
    res.status(304).end();
    return;
  }
  res.status(answer.status);
  if (answer.body === undefined) res.end();
  else if (answer.type === undefined) res.json(answer.body);
  else res.type(answer.type).send(answer.body);
}

/** Whether a list of ETags names this one; `*` names any. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header
    .split(",")
    .some((part) => part.trim() === "*" || part.trim().replace(/^W\//, "") === etag);
}
