import * as z from "zod";
import { invalid } from "./errors.ts";
import { parseId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Page } from "./objects.ts";
import { deletePage, duplicatePage, movePage } from "./page-life.ts";
import { createPage, updatePage } from "./page-writes.ts";

const properties = z.record(z.string(), z.unknown());

/** What a person can do to a page at the interface. */
export const personAct = z.strictObject({
  do: z.enum([
    "create",
    "edit",
    "trash",
    "restore",
    "delete",
    "duplicate",
    "move",
    "share",
    "unshare",
  ]),
  page: z.string().optional(),
  /** For `edit` and `create`: values as the API takes them; a date loses its `time_zone`. */
  properties: properties.optional(),
  /** For `create` and `move`: the table. */
  dataSource: z.string().optional(),
  /** Who does it, when not the first person of the workspace. */
  person: z.string().optional(),
});

type PersonAct = z.infer<typeof personAct>;

/** Does what a person does, and gives the page it was done to: of a copy, the copy. */
export function actAsPerson(notion: Notion, act: PersonAct): Page {
  const actor = notion.person(act.person);
  if (act.do === "create") {
    const parent = { type: "data_source_id", id: tableOf(notion, act) } as const;
    return createPage(notion, actor, { parent, properties: act.properties });
  }
  const page = pageOf(notion, act);
  if (act.do === "edit") updatePage(notion, actor, page, { properties: act.properties ?? {} });
  else if (act.do === "trash") updatePage(notion, actor, page, { in_trash: true });
  else if (act.do === "restore") updatePage(notion, actor, page, { in_trash: false });
  else if (act.do === "delete") deletePage(notion, actor, page);
  else if (act.do === "duplicate") return duplicatePage(notion, actor, page);
  else if (act.do === "move")
    movePage(notion, actor, page, { type: "data_source_id", id: tableOf(notion, act) });
  else share(notion, page.id, act.do === "share");
  return page;
}

/** Gives an object to every connection, or takes it away; what hangs below it goes with it. */
export function share(notion: Notion, id: string, shared: boolean): void {
  for (const bot of notion.bots.bots.values()) bot.access[id] = shared;
  notion.changed();
}

function pageOf(notion: Notion, { page: id }: PersonAct): Page {
  const page = notion.pages.get(parseId(id ?? "") ?? "");
  if (page === undefined) throw invalid(`There is no page ${id ?? "(none named)"}.`);
  return page;
}

function tableOf(notion: Notion, { dataSource }: PersonAct): string {
  const id = parseId(dataSource ?? "") ?? "";
  if (!notion.dataSources.has(id))
    throw invalid(`There is no data source ${dataSource ?? "(none named)"}.`);
  return id;
}
