import { newId, shownPropertyId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Actor } from "./objects.ts";
import type { SchemaChange } from "./schema-writes.ts";
import type { Json, JsonObject } from "../json.ts";

/** One kind of thing that happened to one object, once or more. */
export interface Signal {
  readonly type: string;
  readonly entityId: string;
  /** Where the object hung when it happened: it may be gone when the event is sent. */
  readonly parent: JsonObject;
  readonly authors: Map<string, Actor>;
  readonly properties: Set<string>;
  readonly schema: SchemaChange[];
}

/** An event as it is sent: a signal, without any content. */
export function eventBody(
  notion: Notion,
  subscriptionId: string,
  { type, entityId, parent, authors, properties, schema }: Signal,
): JsonObject {
  const data: JsonObject = { parent };
  if (type === "page.properties_updated")
    data["updated_properties"] = [...properties].map(shownPropertyId);
  if (type.endsWith("schema_updated"))
    data["updated_properties"] = schema.map((one): Json => ({
      ...one,
      id: shownPropertyId(one.id),
    }));
  return {
    id: newId(),
    timestamp: new Date(notion.clock.now()).toISOString(),
    workspace_id: notion.workspaceId,
    workspace_name: notion.workspaceName,
    subscription_id: subscriptionId,
    integration_id: notion.integrationId,
    authors: [...authors.values()].map((author): Json => ({ id: author.id, type: author.type })),
    accessible_by: [],
    attempt_number: 1,
    api_version: "2025-09-03",
    type,
    entity: { id: entityId, type: type.split(".", 1)[0] ?? "page" },
    data,
  };
}

/** Where an object hangs, as events say it. */
export function parentOf(notion: Notion, id: string): JsonObject {
  const dataSource = notion.dataSources.get(id);
  if (dataSource !== undefined) return { id: dataSource.databaseId, type: "database" };
  const parent = notion.pages.get(id)?.parent ?? notion.databases.get(id)?.parent;
  if (parent === undefined || parent.type === "workspace")
    return { id: notion.workspaceId, type: "space" };
  if (parent.type === "page_id") return { id: parent.id, type: "page" };
  const databaseId = notion.dataSources.get(parent.id)?.databaseId ?? null;
  return { id: databaseId, type: "database", data_source_id: parent.id };
}
