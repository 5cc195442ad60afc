import * as z from "zod";
import {
  type Call,
  idParameter,
  openDatabase,
  openDataSource,
  openPage,
  type Operation,
  type Outcome,
} from "./api-context.ts";
import { onlyOf } from "./api-pages.ts";
import { checked } from "./check-body.ts";
import { invalid, notFound } from "./errors.ts";
import { parseId } from "./ids.ts";
import { queryRows } from "./query.ts";
import { plainText, readRichText } from "./rich-text.ts";
import { addDataSource, changeSchema, createDatabase } from "./schema-writes.ts";
import { dataSourceView, databaseView } from "./views.ts";
import type { Database, DataSource } from "./objects.ts";
import type { Json, JsonObject } from "../json.ts";

const columns = z.record(z.string(), z.looseObject({}).nullable());
const decoration = z.looseObject({}).nullish();
const title = z.array(z.looseObject({}));
const trash = { in_trash: z.boolean().optional(), archived: z.boolean().optional() };
const dataSourceChange = z.strictObject({
  title: title.optional(),
  icon: decoration,
  properties: columns.optional(),
  ...trash,
});
const databaseChange = z.strictObject({
  title: title.optional(),
  description: title.optional(),
  icon: decoration,
  cover: decoration,
  is_inline: z.boolean().optional(),
  is_locked: z.boolean().optional(),
  ...trash,
});
const newDatabase = z.strictObject({
  parent: z.strictObject({ type: z.literal("page_id").optional(), page_id: z.string() }),
  title: title.optional(),
  icon: decoration,
  cover: decoration,
  is_inline: z.boolean().optional(),
  initial_data_source: z.strictObject({ properties: columns.optional() }).optional(),
});

function shownDatabase({ notion }: Call, database: Database): Outcome {
  return { show: () => databaseView(notion, database) };
}

function shownDataSource({ notion }: Call, dataSource: DataSource): Outcome {
  return { show: () => dataSourceView(notion, dataSource) };
}

function create(call: Call): Outcome {
  const { notion, actor, body } = call;
  const wanted = checked(newDatabase, body);
  const parent = openPage(call, parseId(wanted.parent.page_id) ?? wanted.parent.page_id);
  const runs = readRichText(wanted.title ?? [], "body.title");
  const database = createDatabase(notion, actor, {
    title: runs,
    parent: { type: "page_id", id: parent.id },
  });
  const properties = (wanted.initial_data_source?.properties ?? {}) as JsonObject;
  addDataSource(notion, actor, database, { name: plainText(runs), properties });
  return shownDatabase(call, database);
}

function updateDatabase(call: Call): Outcome {
  const { notion, body } = call;
  const database = openDatabase(call, idParameter(call, "database_id"));
  const change = checked(databaseChange, body);
  if (change.title !== undefined) database.title = readRichText(change.title, "body.title");
  if (change.icon !== undefined) database.icon = change.icon as Json;
  if (change.cover !== undefined) database.cover = change.cover as Json;
  database.inTrash = change.in_trash ?? change.archived ?? database.inTrash;
  database.editedAt = notion.clock.now();
  notion.changed();
  return shownDatabase(call, database);
}

function updateDataSource(call: Call): Outcome {
  const { notion, actor, body } = call;
  const dataSource = openDataSource(call, idParameter(call, "data_source_id"));
  const change = checked(dataSourceChange, body);
  const inTrash = change.in_trash ?? change.archived ?? dataSource.inTrash;
  if (inTrash && dataSource.inTrash)
    throw invalid(
      "Can't edit block that is archived. You must unarchive the block before editing.",
    );
  if (change.properties !== undefined)
    changeSchema(notion, actor, dataSource, change.properties as JsonObject);
  if (change.title !== undefined)
    dataSource.name = plainText(readRichText(change.title, "body.title"));
  if (change.icon !== undefined) dataSource.icon = change.icon as Json;
  dataSource.inTrash = inTrash;
  dataSource.editedAt = notion.clock.now();
  notion.changed();
  return shownDataSource(call, dataSource);
}

function query(call: Call): Outcome {
  const { notion, bot, body } = call;
  const dataSource = openDataSource(call, idParameter(call, "data_source_id"));
  const gone = dataSource.inTrash || notion.hasTrashedAncestor(dataSource.id);
  if (gone && notion.settings.trashedDatabase === "notFound")
    throw notFound("data_source", dataSource.id);
  const only = onlyOf(call);
  notion.counters.add("listPages");
  const visible = (page: { id: string }): boolean =>
    !gone && (!notion.pages.has(page.id) || notion.canSee(bot, page.id));
  return { show: () => queryRows(notion, dataSource, { body, only, userId: bot.id }, visible) };
}

export const databaseOperations: readonly Operation[] = [
  { id: "databases.create", verb: "post", path: "/databases", needs: "insert", run: create },
  {
    id: "databases.retrieve",
    verb: "get",
    path: "/databases/:database_id",
    needs: "read",
    run: (call) => shownDatabase(call, openDatabase(call, idParameter(call, "database_id"))),
  },
  {
    id: "databases.update",
    verb: "patch",
    path: "/databases/:database_id",
    needs: "update",
    run: updateDatabase,
  },
  {
    id: "dataSources.retrieve",
    verb: "get",
    path: "/data_sources/:data_source_id",
    needs: "read",
    run: (call) => shownDataSource(call, openDataSource(call, idParameter(call, "data_source_id"))),
  },
  {
    id: "dataSources.update",
    verb: "patch",
    path: "/data_sources/:data_source_id",
    needs: "update",
    run: updateDataSource,
  },
  {
    id: "dataSources.query",
    verb: "post",
    path: "/data_sources/:data_source_id/query",
    needs: "read",
    run: query,
  },
];
