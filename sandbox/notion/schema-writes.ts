import * as z from "zod";
import { checked } from "./check-body.ts";
import { invalid } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Actor, Database, DataSource, Parent } from "./objects.ts";
import {
  configure,
  findProperty,
  newProperty,
  type Property,
  type PropertyType,
  typeOf,
} from "./property.ts";
import { plainText, type RichText } from "./rich-text.ts";
import { asObject, type Json, type JsonObject } from "../json.ts";

export interface SchemaChange {
  readonly id: string;
  readonly name: string | null;
  readonly action: "created" | "updated" | "deleted";
}

interface NewDatabase {
  readonly id?: string | undefined;
  readonly title: RichText[];
  readonly parent: Parent;
}

interface NewDataSource {
  readonly id?: string | undefined;
  readonly name: string;
  readonly properties: JsonObject;
}

const propertyBody = z.looseObject({ name: z.string().min(1).optional() }).nullable();

export function createDatabase(notion: Notion, actor: Actor, wanted: NewDatabase): Database {
  const { title, parent } = wanted;
  const database: Database = {
    ...freshObject(notion, actor, wanted.id),
    title,
    parent,
    dataSources: [],
  };
  notion.databases.set(database.id, database);
  notion.changed();
  notion.webhooks.signal("database.created", database.id, actor);
  return database;
}

/** Adds a table to a database; it has one title, as every table does. */
export function addDataSource(
  notion: Notion,
  actor: Actor,
  database: Database,
  { id, name, properties }: NewDataSource,
): DataSource {
  const columns = Object.entries(properties).map(([column, body]) => {
    const type = typeOf(asObject(body));
    if (type === undefined)
      throw invalid(`body failed validation: body.properties.${column} should be a property.`);
    return newProperty(column, type, asObject(body)[type], `body.properties.${column}.${type}`);
  });
  const titles = columns.filter(({ type }) => type === "title").length;
  if (titles > 1) throw invalid("A database can have only one title property.");
  if (titles === 0) columns.unshift(newProperty("Name", "title", {}, "body.properties.Name"));
  const dataSource: DataSource = {
    ...freshObject(notion, actor, id),
    databaseId: database.id,
    name,
    properties: columns,
    lastNumber: 0,
  };
  database.dataSources.push(dataSource.id);
  notion.dataSources.set(dataSource.id, dataSource);
  notion.changed();
  notion.webhooks.signal("data_source.created", dataSource.id, actor);
  return dataSource;
}

function freshObject(notion: Notion, actor: Actor, id: string | undefined) {
  const at = notion.clock.now();
  const icon: Json = null;
  const by = { createdBy: actor.id, editedBy: actor.id };
  return {
    id: id ?? newId(),
    createdAt: at,
    editedAt: at,
    ...by,
    inTrash: false,
    icon,
    cover: icon,
  };
}

/** Adds, renames, retypes and removes columns; nothing changes where anything is refused. */
export function changeSchema(
  notion: Notion,
  actor: Actor,
  dataSource: DataSource,
  wanted: JsonObject,
): void {
  const columns = structuredClone(dataSource.properties);
  const emptied: string[] = [];
  const changes = Object.entries(wanted).map(([name, raw]) => {
    const body = checked(propertyBody, raw, `body.properties.${name}`) as JsonObject | null;
    return changeColumn({ columns, emptied }, name, body);
  });
  const names = new Set(columns.map(({ name }) => name));
  if (names.size < columns.length) throw invalid("Cannot have two properties of the same name.");
  dataSource.properties = columns;
  for (const page of notion.rows(dataSource.id)) for (const id of emptied) delete page.values[id];
  dataSource.editedAt = notion.clock.now();
  dataSource.editedBy = actor.id;
  notion.changed();
  notion.webhooks.signal("data_source.schema_updated", dataSource.id, actor, { schema: changes });
}

interface Columns {
  readonly columns: Property[];
  /** Ids of columns whose values are lost. */
  readonly emptied: string[];
}

function changeColumn(
  { columns, emptied }: Columns,
  name: string,
  body: JsonObject | null,
): SchemaChange {
  const known = findProperty(columns, name);
  if (known === undefined) return addColumn(columns, name, body);
  if (body === null) {
    if (known.type === "title") throw invalid("Cannot delete the title property.");
    columns.splice(columns.indexOf(known), 1);
    emptied.push(known.id);
    return { id: known.id, name: null, action: "deleted" };
  }
  const type = typeOf(body);
  if (type !== undefined) retype(known, type, body[type], emptied);
  if (typeof body["name"] === "string") known.name = body["name"];
  if (typeof body["description"] === "string") known.description = body["description"];
  return { id: known.id, name: known.name, action: "updated" };
}

function addColumn(columns: Property[], name: string, body: JsonObject | null): SchemaChange {
  const type = body === null ? undefined : typeOf(body);
  if (body === null || type === undefined) throw invalid(`${name} is not a property that exists.`);
  if (type === "title") throw invalid("Cannot create a second title property.");
  const made = newProperty(name, type, body[type], `body.properties.${name}.${type}`);
  columns.push(made);
  return { id: made.id, name, action: "created" };
}

/** A column of another type has lost what the old one held. */
function retype(column: Property, type: PropertyType, config: unknown, emptied: string[]): void {
  if ((type === "title") !== (column.type === "title"))
    throw invalid("The title property cannot change its type.");
  if (type !== column.type) emptied.push(column.id);
  configure(column, type, config, `body.properties.${column.name}.${type}`);
}

export function titleText({ title }: Database): string {
  return plainText(title);
}
