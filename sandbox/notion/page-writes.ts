import * as z from "zod";
import { keptBlocks } from "./blocks.ts";
import { checked } from "./check-body.ts";
import { invalid } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Actor, DataSource, Page, Parent } from "./objects.ts";
import { findProperty } from "./property.ts";
import { readValue, type ValueContext } from "./values.ts";
import type { Json } from "../json.ts";

const decoration = z.looseObject({}).nullish();
const properties = z.record(z.string(), z.unknown());

/** What a new page is made of, its parent apart. */
export const newPageFields = {
  properties: properties.optional(),
  icon: decoration,
  cover: decoration,
  children: z.array(z.looseObject({})).max(100).optional(),
};

export const pageChange = z.strictObject({
  properties: properties.optional(),
  icon: decoration,
  cover: decoration,
  is_locked: z.boolean().optional(),
  in_trash: z.boolean().optional(),
  archived: z.boolean().optional(),
  is_archived: z.boolean().optional(),
  erase_content: z.boolean().optional(),
});

type NewPage = z.infer<z.ZodObject<typeof newPageFields>> & {
  readonly parent: Parent;
  /** Only the control API may choose them. */
  readonly id?: string | undefined;
  readonly at?: number | undefined;
};

type PageChange = z.infer<typeof pageChange>;

/** Makes a page in a data source or under another page. */
export function createPage(notion: Notion, actor: Actor, wanted: NewPage): Page {
  const { parent, icon, cover, children = [] } = wanted;
  const dataSource =
    parent.type === "data_source_id" ? notion.dataSources.get(parent.id) : undefined;
  const values = readValues(notion, actor, dataSource, wanted.properties ?? {});
  const at = wanted.at ?? notion.clock.now();
  const page: Page = {
    id: wanted.id ?? newId(),
    number: notion.nextPageNumber(),
    uniqueNumber: dataSource === undefined ? 0 : (dataSource.lastNumber += 1),
    parent,
    values,
    blocks: keptBlocks(children, actor, at),
    createdAt: at,
    createdBy: actor.id,
    editedAt: at,
    editedBy: actor.id,
    inTrash: false,
    isLocked: false,
    icon: (icon ?? null) as Json,
    cover: (cover ?? null) as Json,
  };
  notion.history.keep(page.id, undefined, notion.clock.now(), notion.lagMs());
  notion.place(page);
  notion.changed();
  notion.webhooks.signal("page.created", page.id, actor);
  return page;
}

/** Changes a page; only what is named changes, and nothing where anything is refused. */
export function updatePage(notion: Notion, actor: Actor, page: Page, body: unknown): void {
  const change = checked(pageChange, body);
  const inTrash = change.in_trash ?? change.archived;
  const restores = page.inTrash && inTrash === false;
  if (!restores) refuseTrashed(notion, page);
  const dataSource = dataSourceOf(notion, page);
  const values = readValues(notion, actor, dataSource, change.properties ?? {});
  const before = JSON.stringify(page);
  const kept = structuredClone(page);
  const changed = Object.keys(values).filter(
    (id) => JSON.stringify(page.values[id]) !== JSON.stringify(values[id]),
  );
  if (actor.type === "person") notion.unseen.edited(page.id, changed);
  else notion.unseen.replaced(actor.id, page.id, pick(page.values, changed));
  Object.assign(page.values, values);
  applyRest(page, change);
  const same = JSON.stringify(page) === before;
  if (inTrash !== undefined && inTrash !== page.inTrash) moveToTrash(notion, actor, page, inTrash);
  else if (same && notion.settings.emptyWrites === "ignore") return;
  touch(notion, actor, page, kept);
  if (changed.length > 0)
    notion.webhooks.signal("page.properties_updated", page.id, actor, { properties: changed });
}

function pick(values: Page["values"], ids: readonly string[]): Record<string, Json> {
  return Object.fromEntries(ids.map((id) => [id, values[id] ?? null]));
}

function applyRest(page: Page, change: PageChange): void {
  if (change.icon !== undefined) page.icon = change.icon as Json;
  if (change.cover !== undefined) page.cover = change.cover as Json;
  if (change.is_locked !== undefined) page.isLocked = change.is_locked;
  if (change.erase_content === true) page.blocks = [];
}

function moveToTrash(notion: Notion, actor: Actor, page: Page, inTrash: boolean): void {
  page.inTrash = inTrash;
  notion.webhooks.signal(inTrash ? "page.deleted" : "page.undeleted", page.id, actor);
}

/** Marks a page as edited. `before` is the page as it was. */
export function touch(notion: Notion, actor: Actor, page: Page, before: Page): void {
  const now = notion.clock.now();
  notion.history.keep(page.id, before, now, notion.lagMs());
  page.editedAt = now;
  page.editedBy = actor.id;
  notion.changed();
}

/** What lies in the trash, or in something that does, is not edited. */
export function refuseTrashed(notion: Notion, page: Page): void {
  if (page.inTrash)
    throw invalid(
      "Can't edit block that is archived. You must unarchive the block before editing.",
    );
  if (notion.hasTrashedAncestor(page.id))
    throw invalid(
      "Can't edit page on block with an archived ancestor. You must unarchive the ancestor before editing page.",
    );
}

function dataSourceOf(notion: Notion, { parent }: Page): DataSource | undefined {
  return parent.type === "data_source_id" ? notion.dataSources.get(parent.id) : undefined;
}

/** Values by the property's id; a page that is no row has only a title. */
function readValues(
  notion: Notion,
  actor: Actor,
  dataSource: DataSource | undefined,
  wanted: Record<string, unknown>,
): Record<string, Json> {
  const context: ValueContext = {
    people: notion.people,
    asPerson: actor.type === "person",
    cutSeconds: notion.settings.dateSeconds === "cut",
    made: [],
  };
  const values: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const property = findProperty(dataSource?.properties ?? ONLY_TITLE, name);
    if (property === undefined) throw invalid(`${name} is not a property that exists.`);
    values[property.id] = readValue(context, property, value, `body.properties.${name}`);
  }
  for (const { property, option } of context.made) property.options.push(option);
  return values;
}

/** The columns of a page outside any data source. */
export const ONLY_TITLE: DataSource["properties"] = [
  { id: "title", name: "title", type: "title", description: null, options: [], config: {} },
];
