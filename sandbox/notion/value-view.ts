import { plainText } from "./rich-text.ts";
import { shownPropertyId } from "./ids.ts";
import type { Page, Person } from "./objects.ts";
import type { Property } from "./property.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

/** What showing a value needs to know. */
export interface ShowContext {
  readonly people: ReadonlyMap<string, Person>;
  readonly shownTime: (at: number) => string;
  readonly textReferences: "items" | "mentions";
}

const MOST_REFERENCES = 25;

/** A property's value as a page shows it: not more than 25 references. */
export function valueView(context: ShowContext, page: Page, property: Property): JsonObject {
  const { type } = property;
  const whole = shownValue(context, page, property);
  const value = Array.isArray(whole) ? firstReferences(context, property, whole) : whole;
  const more =
    type === "relation" ? { has_more: Array.isArray(whole) && whole.length > MOST_REFERENCES } : {};
  return { id: shownPropertyId(property.id), type, [type]: value, ...more };
}

function firstReferences(context: ShowContext, { type }: Property, whole: Json[]): Json[] {
  if (type === "people" || type === "relation") return whole.slice(0, MOST_REFERENCES);
  if (type !== "title" && type !== "rich_text") return whole;
  if (context.textReferences === "items") return whole.slice(0, MOST_REFERENCES);
  let mentions = 0;
  return whole.filter((item) => {
    if (isObject(item) && item["type"] === "mention") mentions += 1;
    return mentions <= MOST_REFERENCES;
  });
}

/** The value of a property, all of it. */
export function shownValue(context: ShowContext, page: Page, property: Property): Json {
  const held = page.values[property.id] ?? null;
  switch (property.type) {
    case "title":
    case "rich_text":
    case "files":
      return held ?? [];
    case "select":
    case "status":
      return optionView(property, held);
    case "multi_select":
      return idsOf(held).map((id) => optionView(property, id));
    case "people":
      return idsOf(held).map((id) => userView(context.people.get(id), id));
    case "relation":
      return idsOf(held).map((id) => ({ id }));
    case "checkbox":
      return held === true;
    default:
      return isComputed(property) ? computedValue(context, page, property) : held;
  }
}

function isComputed({ type }: Property): boolean {
  return !["number", "date", "url", "email", "phone_number"].includes(type);
}

function computedValue(context: ShowContext, page: Page, { type, config }: Property): Json {
  if (type === "created_time") return context.shownTime(page.createdAt);
  if (type === "last_edited_time") return context.shownTime(page.editedAt);
  if (type === "created_by") return userView(context.people.get(page.createdBy), page.createdBy);
  if (type === "last_edited_by") return userView(context.people.get(page.editedBy), page.editedBy);
  if (type === "unique_id") return { prefix: config["prefix"] ?? null, number: page.uniqueNumber };
  // Every formula here gives the title: what matters is that it follows the page and cannot be written.
  const title = page.values["title"];
  return { type: "string", string: Array.isArray(title) ? plainText(title) : "" };
}

function optionView({ options }: Property, id: Json): Json {
  const option = options.find((one) => one.id === id);
  return option === undefined ? null : { ...option };
}

export function idsOf(held: Json): string[] {
  return Array.isArray(held) ? held.map(String) : [];
}

/** A user as far as it is known: a bot and somebody who has left are only an id. */
export function userView(person: Person | undefined, id: string): JsonObject {
  if (person === undefined) return { object: "user", id };
  const { name, email } = person;
  return { object: "user", id, name, avatar_url: null, type: "person", person: { email } };
}
