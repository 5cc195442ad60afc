import type { Request, Response } from "express";
import { z } from "zod";
import type { KeyHolder, Role } from "../db/api-keys.ts";
import type { Deps } from "./deps.ts";
import { id } from "./validation.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** One request, checked, as a handler gets it. */
export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  caller: KeyHolder;
  /** The id for what this request makes: the same again when a request is repeated with its Idempotency-Key. */
  newId: string;
  header(name: string): string | undefined;
  req: Request;
  res: Response;
  /** Aborted when the caller has gone away. */
  gone: AbortSignal;
}

/** Without a body for 204; `streamed` when the handler has written the answer itself. */
export type Answer =
  | { status: number; body?: unknown; headers?: Record<string, string>; type?: string }
  | "streamed";

/** A route as the table, the document and the tests see it: none can lack a role or a description. */
export interface Route {
  method: Method;
  /** As Express writes it: `/api/events/:id`. */
  path: string;
  /** Whoever may at least do this; `public` needs no key. */
  role: Role | "public";
  tag: string;
  summary: string;
  description?: string;
  params: z.ZodObject;
  query: z.ZodObject;
  body: z.ZodType | undefined;
  answers: Readonly<Record<number, AnswerShape>>;
  /** For the document: whether If-Match is read, and whether it must be there. */
  ifMatch?: "optional" | "required";
  /** For the document: what this route refuses with besides what all of its kind do. */
  refuses?: readonly (401 | 403 | 404 | 409 | 413 | 415 | 422 | 503)[];
  /** False for those that other parties call, which must not be held off. */
  limited: boolean;
  handle(deps: Deps, call: Call<unknown, unknown, unknown>): Promise<Answer>;
}

export interface AnswerShape {
  description: string;
  schema?: z.ZodType;
  type?: string;
}

type Given = Pick<
  Route,
  "method" | "path" | "role" | "tag" | "summary" | "description" | "answers" | "ifMatch" | "refuses"
>;

export const nothing = z.strictObject({});
type Nothing = typeof nothing;

/**
 * Makes a route, with the types of its validators in its handler. Ids in the path are checked unless
 * `params` says otherwise.
 */
export function route<
  Params extends z.ZodObject = z.ZodObject<Record<string, z.ZodString>>,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodType = z.ZodUndefined,
>(
  spec: Given & {
    params?: Params;
    query?: Query;
    body?: Body;
    limited?: boolean;
    handle(
      deps: Deps,
      call: Call<z.output<Params>, z.output<Query>, z.output<Body>>,
    ): Promise<Answer>;
  },
): Route {
  return {
    ...spec,
    params: spec.params ?? idsIn(spec.path),
    query: spec.query ?? nothing,
    body: spec.body,
    limited: spec.limited ?? true,
    // The dispatcher hands over exactly what these validators answered.
    handle: spec.handle,
  };
}

function idsIn(path: string): z.ZodObject {
  return z.strictObject(
    Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name]) => [name, id])),
  );
}

export const ok = (body: unknown, headers?: Record<string, string>): Answer => ({
  status: 200,
  body,
  ...(headers && { headers }),
});

export const made = (
  body: unknown,
  location: string,
  headers?: Record<string, string>,
): Answer => ({
  status: 201,
  body,
  headers: { Location: location, ...headers },
});
