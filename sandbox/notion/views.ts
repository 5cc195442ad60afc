import { shownPropertyId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Database, DataSource, Page, Parent } from "./objects.ts";
import { ONLY_TITLE } from "./page-writes.ts";
import { type Property, propertyView } from "./property.ts";
import { plainText, textRuns } from "./rich-text.ts";
import { type ShowContext, userView, valueView } from "./value-view.ts";
import type { Json, JsonObject } from "../json.ts";

export function showContext(notion: Notion): ShowContext {
  return {
    people: notion.people,
    shownTime: (at) => notion.shownTime(at),
    textReferences: notion.settings.textReferences,
  };
}

function parentView(notion: Notion, parent: Parent): JsonObject {
  if (parent.type === "workspace") return { type: "workspace", workspace: true };
  if (parent.type === "page_id") return { type: "page_id", page_id: parent.id };
  const databaseId = notion.dataSources.get(parent.id)?.databaseId ?? null;
  return { type: "data_source_id", data_source_id: parent.id, database_id: databaseId };
}

function addressOf(title: string, id: string): string {
  const slug = title.replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "");
  return `https://www.notion.so/${slug === "" ? "" : `${slug}-`}${id.replaceAll("-", "")}`;
}

/** The columns that a page has. */
export function propertiesOf(notion: Notion, { parent }: Page): readonly Property[] {
  const dataSource =
    parent.type === "data_source_id" ? notion.dataSources.get(parent.id) : undefined;
  return dataSource?.properties ?? ONLY_TITLE;
}

/** A page as answers show it; with `only`, just the properties of those names or ids. */
export function pageView(notion: Notion, page: Page, only: readonly string[] = []): JsonObject {
  const context = showContext(notion);
  const shown = propertiesOf(notion, page).filter(
    ({ id, name }) =>
      only.length === 0 ||
      only.includes(id) ||
      only.includes(shownPropertyId(id)) ||
      only.includes(name),
  );
  return {
    object: "page",
    id: page.id,
    created_time: notion.shownTime(page.createdAt),
    last_edited_time: notion.shownTime(page.editedAt),
    created_by: { object: "user", id: page.createdBy },
    last_edited_by: { object: "user", id: page.editedBy },
    in_trash: page.inTrash,
    archived: page.inTrash,
    is_archived: false,
    is_locked: page.isLocked,
    icon: page.icon,
    cover: page.cover,
    url: addressOf(titleOf(page), page.id),
    public_url: null,
    parent: parentView(notion, page.parent),
    properties: Object.fromEntries(
      shown.map((property) => [property.name, valueView(context, page, property)]),
    ),
  };
}

export function titleOf({ values }: Page): string {
  const title = values["title"];
  return Array.isArray(title) ? plainText(title) : "";
}

export function databaseView(notion: Notion, database: Database): JsonObject {
  const { id, title, inTrash } = database;
  return {
    object: "database",
    id,
    title,
    description: [],
    parent: parentView(notion, database.parent),
    is_inline: false,
    is_locked: false,
    in_trash: inTrash,
    archived: inTrash,
    created_time: notion.shownTime(database.createdAt),
    last_edited_time: notion.shownTime(database.editedAt),
    data_sources: database.dataSources.flatMap((one): Json[] => {
      const held = notion.dataSources.get(one);
      return held === undefined || held.inTrash ? [] : [{ id: held.id, name: held.name }];
    }),
    icon: database.icon,
    cover: database.cover,
    url: addressOf("", id),
    public_url: null,
  };
}

export function dataSourceView(notion: Notion, dataSource: DataSource): JsonObject {
  const { id, name, databaseId, inTrash } = dataSource;
  const above = notion.databases.get(databaseId)?.parent ?? { type: "workspace" };
  return {
    object: "data_source",
    id,
    title: textRuns(name),
    description: [],
    parent: { type: "database_id", database_id: databaseId },
    database_parent: parentView(notion, above),
    is_inline: false,
    in_trash: inTrash,
    archived: inTrash,
    created_time: notion.shownTime(dataSource.createdAt),
    last_edited_time: notion.shownTime(dataSource.editedAt),
    created_by: { object: "user", id: dataSource.createdBy },
    last_edited_by: { object: "user", id: dataSource.editedBy },
    properties: Object.fromEntries(
      dataSource.properties.map((one) => [one.name, propertyView(one)]),
    ),
    icon: dataSource.icon,
    cover: dataSource.cover,
    url: addressOf("", databaseId),
    public_url: null,
  };
}

export function botView(notion: Notion, botId: string): JsonObject {
  const bot = notion.bots.bots.get(botId);
  const owner: JsonObject =
    bot?.ownerId === null || bot === undefined
      ? { type: "workspace", workspace: true }
      : { type: "user", user: userView(notion.people.get(bot.ownerId), bot.ownerId) };
  return {
    object: "user",
    id: botId,
    name: bot?.name ?? null,
    avatar_url: null,
    type: "bot",
    bot: {
      owner,
      workspace_id: notion.workspaceId,
      workspace_name: notion.workspaceName,
      workspace_limits: { max_file_upload_size_in_bytes: 5_242_880 },
    },
  };
}
