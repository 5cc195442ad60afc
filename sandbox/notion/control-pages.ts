import express, { type Request, type Router } from "express";
import * as z from "zod";
import { findDataSource } from "./control-databases.ts";
import { NotionError } from "./errors.ts";
import { parseId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Actor, DataSource, Page, Parent } from "./objects.ts";
import { keptBlocks } from "./blocks.ts";
import { createPage, touch, updatePage } from "./page-writes.ts";
import { actAsPerson, personAct } from "./person.ts";
import { pageView } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

const properties = z.record(z.string(), z.unknown());
const onePage = z.strictObject({
  id: z.uuid().optional(),
  properties,
  /** When it was made and last edited, instead of now. */
  at: z.iso.datetime().optional(),
  children: z.array(z.looseObject({})).optional(),
});
const pagesBody = z.strictObject({
  pages: z.array(onePage).default([]),
  /** So many generated ones besides, the same on every run: a title, and an hour by the hour where there is a date. */
  count: z.number().int().min(0).max(1_000_000).default(0),
  prefix: z.string().default("Page"),
  from: z.iso.datetime().optional(),
});
const changeBody = z.looseObject({ properties: properties.optional() });
const loosePage = z.strictObject({ title: z.string(), page: z.uuid().optional() });
const moveBody = z.strictObject({ dataSource: z.string() });

const HOUR_MS = 3_600_000;

/** Pages as persons make and change them: no token, no quota, no count. */
export function createPageControl(notion: Notion): Router {
  const router = express.Router();
  router.post("/data-sources/:id/pages", (request, response) => {
    const ids = seedPages(notion, findDataSource(notion, request), pagesBody.parse(request.body));
    response.status(201).json({ ids });
  });
  /** A page in no table, below another page or at the top. */
  router.post("/pages", (request, response) => {
    const { title, page } = loosePage.parse(request.body);
    const parent: Parent =
      page === undefined ? { type: "workspace" } : { type: "page_id", id: page };
    const values = { title: { title: [{ text: { content: title } }] } };
    const made = createPage(notion, notion.person(), { parent, properties: values });
    response.status(201).json(dump(notion, made));
  });
  /** Every row, trashed ones among them unless `living` is asked for. */
  router.get("/data-sources/:id/pages", (request, response) => {
    const rows = [...notion.rows(findDataSource(notion, request).id)];
    const pages = rows.filter((page) => request.query["living"] !== "true" || !page.inTrash);
    response.json({ pages: pages.map((page) => dump(notion, page)) });
  });
  router.get(
    "/pages/:id",
    (request, response) => void response.json(dump(notion, find(notion, request))),
  );
  router.patch("/pages/:id", (request, response) => {
    const page = find(notion, request);
    updatePage(notion, notion.person(), page, changeBody.parse(request.body));
    response.json(dump(notion, page));
  });
  router.post("/pages/:id/blocks", (request, response) => {
    const page = find(notion, request);
    const before = structuredClone(page);
    const blocks = z.array(z.looseObject({})).parse(request.body);
    page.blocks.push(...keptBlocks(blocks, notion.person(), notion.clock.now()));
    touch(notion, notion.person(), page, before);
    notion.webhooks.signal("page.content_updated", page.id, notion.person());
    response.json(dump(notion, page));
  });
  addActs(router, notion);
  return router;
}

function addActs(router: Router, notion: Notion): void {
  for (const name of ["trash", "restore", "duplicate", "share", "unshare"] as const) {
    router.post(`/pages/:id/${name}`, (request, response) => {
      const page = actAsPerson(notion, { do: name, page: find(notion, request).id });
      response.json(dump(notion, page));
    });
  }
  router.post("/pages/:id/move", (request, response) => {
    const { dataSource } = moveBody.parse(request.body);
    response.json(
      dump(notion, actAsPerson(notion, { do: "move", page: find(notion, request).id, dataSource })),
    );
  });
  router.delete("/pages/:id", (request, response) => {
    actAsPerson(notion, { do: "delete", page: find(notion, request).id });
    response.json({ ok: true });
  });
  router.post("/acts", (request, response) => {
    response.json(dump(notion, actAsPerson(notion, personAct.parse(request.body))));
  });
}

/** The page as the API shows it, with its content beside it and its times to the millisecond. */
function dump(notion: Notion, page: Page): JsonObject {
  return {
    ...pageView(notion, page),
    edited_at: new Date(page.editedAt).toISOString(),
    blocks: page.blocks as unknown as Json,
  };
}

function seedPages(
  notion: Notion,
  dataSource: DataSource,
  body: z.infer<typeof pagesBody>,
): string[] {
  const parent = { type: "data_source_id", id: dataSource.id } as const;
  const actor = notion.person();
  const given = body.pages.map(({ at, id, ...rest }) => {
    if (id !== undefined && notion.pages.has(id))
      throw new NotionError(409, "conflict_error", "There is a page of that id already.");
    return createPage(notion, actor, {
      ...rest,
      id,
      parent,
      at: at === undefined ? undefined : Date.parse(at),
    }).id;
  });
  return [...given, ...generated(notion, actor, dataSource, body)];
}

function generated(
  notion: Notion,
  actor: Actor,
  { id, properties: columns }: DataSource,
  { count, prefix, from }: z.infer<typeof pagesBody>,
): string[] {
  const first =
    from === undefined ? Math.floor(notion.clock.now() / HOUR_MS) * HOUR_MS : Date.parse(from);
  const date = columns.find(({ type }) => type === "date");
  return Array.from({ length: count }, (_, at) => {
    // A year of hours, then the same hours again.
    const start = first + (at % 8760) * HOUR_MS;
    const when = {
      start: new Date(start).toISOString(),
      end: new Date(start + HOUR_MS / 2).toISOString(),
    };
    const values = {
      title: { title: [{ text: { content: `${prefix} ${at + 1}` } }] },
      ...(date === undefined ? {} : { [date.id]: { date: when } }),
    };
    return createPage(notion, actor, { parent: { type: "data_source_id", id }, properties: values })
      .id;
  });
}

function find(notion: Notion, request: Request): Page {
  const page = notion.pages.get(parseId(String(request.params["id"])) ?? "");
  if (page === undefined) throw new NotionError(404, "object_not_found", "There is no such page.");
  return page;
}
