import { newId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Actor, Page, Parent } from "./objects.ts";
import { refuseTrashed, touch } from "./page-writes.ts";
import { propertiesOf } from "./views.ts";
import { plainText, textRuns } from "./rich-text.ts";
import type { Json } from "../json.ts";

/** Moves a page. In another table it keeps the values of columns that have the same name and type. */
export function movePage(notion: Notion, actor: Actor, page: Page, parent: Parent): void {
  refuseTrashed(notion, page);
  const before = structuredClone(page);
  const values = carriedValues(notion, page, parent);
  page.parent = parent;
  page.values = values;
  notion.place(page, before.parent);
  touch(notion, actor, page, before);
  notion.webhooks.signal("page.moved", page.id, actor);
}

function carriedValues(notion: Notion, page: Page, parent: Parent): Record<string, Json> {
  const columns = propertiesOf(notion, { ...page, parent });
  const values: Record<string, Json> = {};
  for (const { id, name, type } of propertiesOf(notion, page)) {
    const column = columns.find(
      (one) => one.type === type && (type === "title" || one.name === name),
    );
    const held = page.values[id];
    if (column !== undefined && held !== undefined) values[column.id] = held;
  }
  return values;
}

/** A copy as the interface makes it: every property, those of clients among them, under an id of its own. */
export function duplicatePage(notion: Notion, actor: Actor, page: Page, title?: string): Page {
  const now = notion.clock.now();
  const copy: Page = {
    ...structuredClone(page),
    id: newId(),
    number: notion.nextPageNumber(),
    createdAt: now,
    createdBy: actor.id,
    editedAt: now,
    editedBy: actor.id,
    inTrash: false,
  };
  const held = page.values["title"];
  copy.values["title"] = textRuns(title ?? `${Array.isArray(held) ? plainText(held) : ""} (1)`);
  const dataSource =
    page.parent.type === "data_source_id" ? notion.dataSources.get(page.parent.id) : undefined;
  if (dataSource !== undefined) copy.uniqueNumber = dataSource.lastNumber += 1;
  notion.history.keep(copy.id, undefined, now, notion.lagMs());
  notion.place(copy);
  notion.changed();
  notion.webhooks.signal("page.created", copy.id, actor);
  return copy;
}

/** Removes a page for good: it is as if it had never been shared. */
export function deletePage(notion: Notion, actor: Actor, page: Page): void {
  notion.history.keep(page.id, page, notion.clock.now(), notion.lagMs());
  if (!page.inTrash) notion.webhooks.signal("page.deleted", page.id, actor);
  notion.drop(page);
  notion.changed();
}
