import express, { type Request, type Response, type Router } from "express";
import * as z from "zod";
import { NotionError } from "./errors.ts";
import type { Notion } from "./notion.ts";
import type { Database, DataSource, Parent } from "./objects.ts";
import { share } from "./person.ts";
import { isPropertyType } from "./property.ts";
import { textRuns } from "./rich-text.ts";
import { addDataSource, changeSchema, createDatabase } from "./schema-writes.ts";
import { dataSourceView, databaseView } from "./views.ts";
import { asObject, type JsonObject } from "../json.ts";

/** A type such as `date`, or a property as the API describes one. */
const property = z.union([z.string(), z.looseObject({})]);
const properties = z.record(z.string(), property).default({});
const dataSourceBody = z.strictObject({ id: z.uuid().optional(), name: z.string(), properties });
const databaseBody = z.strictObject({
  id: z.uuid().optional(),
  title: z.string(),
  /** The page that it hangs below, if not the workspace itself. */
  page: z.uuid().optional(),
  /** Of the one table that bears the database's own name; more are named one by one. */
  properties: properties.optional(),
  dataSourceId: z.uuid().optional(),
  dataSources: z.array(dataSourceBody).optional(),
});
const schemaBody = z.record(z.string(), z.union([property, z.null()]));

type Properties = z.infer<typeof properties>;

/** Databases and their tables as persons make and change them. */
export function createDatabaseControl(notion: Notion): Router {
  const router = express.Router();
  router.post("/databases", (request, response) => {
    response
      .status(201)
      .json(shown(notion, seedDatabase(notion, databaseBody.parse(request.body))));
  });
  router.get("/databases", (_request, response) => {
    response.json({ databases: [...notion.databases.values()].map((one) => shown(notion, one)) });
  });
  router.get(
    "/databases/:id",
    (request, response) => void response.json(shown(notion, find(notion, request))),
  );
  router.post("/databases/:id/data-sources", (request, response) => {
    const { id, name, properties: columns } = dataSourceBody.parse(request.body);
    const database = find(notion, request);
    const wanted = { id, name, properties: described(columns) };
    const made = addDataSource(notion, notion.person(), database, wanted);
    response.status(201).json(dataSourceView(notion, made));
  });
  addDatabaseActs(router, notion);
  addDataSourceRoutes(router, notion);
  return router;
}

function addDatabaseActs(router: Router, notion: Notion): void {
  const act = (name: string, apply: (database: Database) => void): void => {
    router.post(`/databases/:id/${name}`, (request, response) => {
      const database = find(notion, request);
      apply(database);
      notion.changed();
      response.json({ ok: true });
    });
  };
  const trash = (inTrash: boolean) => (database: Database) => {
    database.inTrash = inTrash;
    const type = inTrash ? "database.deleted" : "database.undeleted";
    notion.webhooks.signal(type, database.id, notion.person());
  };
  act("trash", trash(true));
  act("restore", trash(false));
  act("share", ({ id }) => share(notion, id, true));
  act("unshare", ({ id }) => share(notion, id, false));
  router.delete("/databases/:id", (request, response) => {
    notion.dropDatabase(find(notion, request));
    notion.changed();
    response.json({ ok: true });
  });
}

function addDataSourceRoutes(router: Router, notion: Notion): void {
  router.get("/data-sources/:id", (request, response) => {
    response.json(dataSourceView(notion, findDataSource(notion, request)));
  });
  /** Columns by name: a type adds or retypes, `{name}` renames, null removes. */
  router.patch("/data-sources/:id/properties", (request, response) => {
    const dataSource = findDataSource(notion, request);
    changeSchema(notion, notion.person(), dataSource, described(schemaBody.parse(request.body)));
    response.json(dataSourceView(notion, dataSource));
  });
  const act = (name: string, apply: (dataSource: DataSource) => void): void => {
    router.post(`/data-sources/:id/${name}`, (request: Request, response: Response) => {
      apply(findDataSource(notion, request));
      notion.changed();
      response.json({ ok: true });
    });
  };
  const trash = (inTrash: boolean) => (dataSource: DataSource) => {
    dataSource.inTrash = inTrash;
    const type = inTrash ? "data_source.deleted" : "data_source.undeleted";
    notion.webhooks.signal(type, dataSource.id, notion.person());
  };
  act("trash", trash(true));
  act("restore", trash(false));
  act("share", ({ id }) => share(notion, id, true));
  act("unshare", ({ id }) => share(notion, id, false));
}

/** Makes a database with what is in it, as a person does. */
function seedDatabase(notion: Notion, wanted: z.infer<typeof databaseBody>): Database {
  const actor = notion.person();
  const { id, title, dataSourceId } = wanted;
  if (id !== undefined && notion.databases.has(id))
    throw new NotionError(409, "conflict_error", "There is a database of that id already.");
  const { page } = wanted;
  const parent: Parent = page === undefined ? { type: "workspace" } : { type: "page_id", id: page };
  const database = createDatabase(notion, actor, { id, title: textRuns(title), parent });
  const only = { id: dataSourceId, name: title, properties: wanted.properties ?? {} };
  for (const { properties: columns, ...rest } of wanted.dataSources ?? [only])
    addDataSource(notion, actor, database, { ...rest, properties: described(columns) });
  return database;
}

/** `"date"` is short for `{date: {}}`. */
function described(columns: Readonly<Record<string, Properties[string] | null>>): JsonObject {
  const entries = Object.entries(columns).map(([name, body]) => {
    if (typeof body !== "string") return [name, body];
    if (!isPropertyType(body))
      throw new NotionError(400, "validation_error", `There is no type "${body}".`);
    return [name, { [body]: {} }];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function shown(notion: Notion, database: Database): JsonObject {
  const dataSources = database.dataSources.flatMap((id) => {
    const held = notion.dataSources.get(id);
    return held === undefined
      ? []
      : [{ ...dataSourceView(notion, held), name: held.name, rows: notion.rows(id).size }];
  });
  return { ...databaseView(notion, database), dataSources: dataSources.map(asObject) };
}

function find(notion: Notion, request: Request): Database {
  const database = notion.databases.get(String(request.params["id"]));
  if (database === undefined)
    throw new NotionError(404, "object_not_found", "There is no such database.");
  return database;
}

export function findDataSource(notion: Notion, request: Request): DataSource {
  const dataSource = notion.dataSources.get(String(request.params["id"]));
  if (dataSource === undefined)
    throw new NotionError(404, "object_not_found", "There is no such data source.");
  return dataSource;
}
