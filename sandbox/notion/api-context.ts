import type { Request, Response } from "express";
import type { Bot, Capability } from "./bots.ts";
import { checked } from "./check-body.ts";
import { invalid, notFound } from "./errors.ts";
import { parseId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Actor, Database, DataSource, Page } from "./objects.ts";
import type { JsonObject } from "../json.ts";
import type * as z from "zod";

/** One authenticated call. */
export interface Call {
  readonly notion: Notion;
  readonly bot: Bot;
  readonly actor: Actor;
  readonly body: unknown;
  readonly request: Request;
  readonly response: Response;
}

/** What is done is done at once; what comes back shows it, as it is when it is asked for. */
export interface Outcome {
  readonly show: () => JsonObject;
  /** The page that was read or written. */
  readonly pageId?: string;
}

export interface Operation {
  readonly id: string;
  readonly verb: "get" | "post" | "patch" | "delete";
  /** Path under `/v1`, as Express writes parameters. */
  readonly path: string;
  readonly needs: Capability | undefined;
  readonly run: (call: Call) => Outcome;
}

export function idParameter({ request }: Call, name: string): string {
  const text = String(request.params[name]);
  const id = parseId(text);
  if (id === undefined)
    throw invalid(
      `path failed validation: path.${name} should be a valid uuid, instead was \`"${text}"\`.`,
    );
  return id;
}

/** The query string as its schema has it. */
export function queryOf<T>({ request }: Call, schema: z.ZodType<T>): T {
  return checked(schema, request.query, "query");
}

export function namesOf(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

export function openDatabase({ notion, bot }: Call, id: string): Database {
  const database = notion.databases.get(id);
  if (database === undefined || !notion.canSee(bot, id)) throw notFound("database", id);
  return database;
}

export function openDataSource({ notion, bot }: Call, id: string): DataSource {
  const dataSource = notion.dataSources.get(id);
  if (dataSource === undefined || !notion.canSee(bot, id)) throw notFound("data_source", id);
  return dataSource;
}

/** The page as it is now, for a write. */
export function openPage({ notion, bot }: Call, id: string, kind = "page"): Page {
  const page = notion.pages.get(id);
  if (page === undefined || !notion.canSee(bot, id)) throw notFound(kind, id);
  return page;
}

/** The page as a reader sees it, who may be behind. */
export function readPage({ notion, bot }: Call, id: string): Page {
  const { readLagMs } = notion.settings;
  const seen = notion.history.seen(id, notion.pages.get(id), notion.clock.now(), readLagMs);
  // Somebody behind also does not know yet that the page is gone.
  const known = notion.pages.has(id) ? notion.canSee(bot, id) : readLagMs > 0;
  if (seen === undefined || !known) throw notFound("page", id);
  return seen;
}
