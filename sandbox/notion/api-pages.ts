import * as z from "zod";
import {
  namesOf,
  type Call,
  idParameter,
  openDatabase,
  openDataSource,
  openPage,
  type Operation,
  type Outcome,
  queryOf,
  readPage,
} from "./api-context.ts";
import { checked } from "./check-body.ts";
import { walkOf } from "./cursor.ts";
import { invalid } from "./errors.ts";
import { parseId, shownPropertyId } from "./ids.ts";
import type { Page, Parent } from "./objects.ts";
import { createPage, newPageFields, updatePage } from "./page-writes.ts";
import { movePage } from "./page-life.ts";
import { cutPage, pagingQuery } from "./paging.ts";
import { findProperty, type Property } from "./property.ts";
import { shownValue } from "./value-view.ts";
import { pageView, propertiesOf, showContext } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

const id = z.string();
const parentBody = z.union([
  z.strictObject({
    type: z.literal("data_source_id").optional(),
    data_source_id: id,
    database_id: id.optional(),
  }),
  z.strictObject({ type: z.literal("database_id").optional(), database_id: id }),
  z.strictObject({ type: z.literal("page_id").optional(), page_id: id }),
]);
const newPage = z.strictObject({ parent: parentBody, ...newPageFields });
const moveBody = z.strictObject({ parent: parentBody });
const names = z.union([z.string(), z.array(z.string())]).optional();
const onlyQuery = z.looseObject({ filter_properties: names, "filter_properties[]": names });

const PAGED = new Set(["title", "rich_text", "people", "relation"]);

/** Names or ids of the properties that a call wants to see. */
export function onlyOf(call: Call): string[] {
  const query = queryOf(call, onlyQuery);
  return [...namesOf(query.filter_properties), ...namesOf(query["filter_properties[]"])];
}

function parentOf(call: Call, body: z.infer<typeof parentBody>): Parent {
  const uuid = (text: string, name: string): string => {
    const parsed = parseId(text);
    if (parsed !== undefined) return parsed;
    throw invalid(
      `body failed validation: body.parent.${name} should be a valid uuid, instead was \`"${text}"\`.`,
    );
  };
  if ("data_source_id" in body)
    return {
      type: "data_source_id",
      id: openDataSource(call, uuid(body.data_source_id, "data_source_id")).id,
    };
  if ("page_id" in body)
    return { type: "page_id", id: openPage(call, uuid(body.page_id, "page_id")).id };
  const { dataSources } = openDatabase(call, uuid(body.database_id, "database_id"));
  const [only, more] = dataSources;
  if (only === undefined || more !== undefined)
    throw invalid(
      "Databases with multiple data sources are not supported here: name the data source.",
    );
  return { type: "data_source_id", id: only };
}

function refuseTrashedParent({ notion }: Call, parent: Parent): void {
  if (parent.type === "workspace") return;
  const held =
    parent.type === "page_id" ? notion.pages.get(parent.id) : notion.dataSources.get(parent.id);
  if (held?.inTrash === true || notion.hasTrashedAncestor(parent.id))
    throw invalid(
      "Can't edit block that is archived. You must unarchive the block before editing.",
    );
}

function shown(call: Call, page: Page, only: readonly string[] = []): Outcome {
  const show = () => {
    if (page === call.notion.pages.get(page.id)) call.notion.unseen.read(call.actor.id, page.id);
    return pageView(call.notion, page, only);
  };
  return { pageId: page.id, show };
}

function create(call: Call): Outcome {
  const { parent: wanted, ...rest } = checked(newPage, call.body);
  const parent = parentOf(call, wanted);
  refuseTrashedParent(call, parent);
  return shown(call, createPage(call.notion, call.actor, { ...rest, parent }));
}

function update(call: Call): Outcome {
  const only = onlyOf(call);
  const page = openPage(call, idParameter(call, "page_id"));
  updatePage(call.notion, call.actor, page, call.body);
  return shown(call, page, only);
}

function move(call: Call): Outcome {
  const page = openPage(call, idParameter(call, "page_id"));
  const { parent: wanted } = checked(moveBody, call.body);
  const parent = parentOf(call, wanted);
  refuseTrashedParent(call, parent);
  movePage(call.notion, call.actor, page, parent);
  return shown(call, page);
}

function retrieve(call: Call): Outcome {
  return shown(call, readPage(call, idParameter(call, "page_id")), onlyOf(call));
}

/** One property, all of it: in pages where there may be many references. */
function retrieveProperty(call: Call): Outcome {
  const { notion } = call;
  const page = readPage(call, idParameter(call, "page_id"));
  const wanted = String(call.request.params["property_id"]);
  const property = findProperty(propertiesOf(notion, page), wanted);
  if (property === undefined) throw invalid(`Could not find property with name or id: ${wanted}`);
  const asked = queryOf(call, z.strictObject(pagingQuery));
  return { pageId: page.id, show: () => propertyItem(call, page, property, asked) };
}

function propertyItem(
  call: Call,
  page: Page,
  property: Property,
  asked: z.infer<z.ZodObject<typeof pagingQuery>>,
): JsonObject {
  const { type } = property;
  const id = shownPropertyId(property.id);
  const value = shownValue(showContext(call.notion), page, property);
  if (!PAGED.has(type) || !Array.isArray(value))
    return { object: "property_item", id, type, [type]: value };
  const entries = value.map((one, at) => ({ id: String(at), one }));
  const { entries: cut, cursor } = cutPage(call.notion, walkOf(page.id, id), entries, asked);
  return {
    object: "list",
    results: cut.map(({ one }): Json => ({ object: "property_item", id, type, [type]: one })),
    next_cursor: cursor,
    has_more: cursor !== null,
    type: "property_item",
    property_item: { id, next_url: null, type, [type]: {} },
  };
}

export const pageOperations: readonly Operation[] = [
  { id: "pages.create", verb: "post", path: "/pages", needs: "insert", run: create },
  { id: "pages.retrieve", verb: "get", path: "/pages/:page_id", needs: "read", run: retrieve },
  { id: "pages.update", verb: "patch", path: "/pages/:page_id", needs: "update", run: update },
  { id: "pages.move", verb: "post", path: "/pages/:page_id/move", needs: "update", run: move },
  {
    id: "pages.properties.retrieve",
    verb: "get",
    path: "/pages/:page_id/properties/:property_id",
    needs: "read",
    run: retrieveProperty,
  },
];
