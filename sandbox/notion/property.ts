import * as z from "zod";
import { checked } from "./check-body.ts";
import { invalid } from "./errors.ts";
import { newId, newPropertyId, shownPropertyId } from "./ids.ts";
import type { Json, JsonObject } from "../json.ts";

export const PROPERTY_TYPES = [
  "title",
  "rich_text",
  "number",
  "select",
  "status",
  "multi_select",
  "date",
  "people",
  "files",
  "checkbox",
  "url",
  "email",
  "phone_number",
  "relation",
  "formula",
  "created_time",
  "last_edited_time",
  "created_by",
  "last_edited_by",
  "unique_id",
] as const;

export type PropertyType = (typeof PROPERTY_TYPES)[number];

export interface Option {
  readonly id: string;
  name: string;
  color: string;
}

/** A column of a data source. Values are kept under its id, which outlives a new name. */
export interface Property {
  readonly id: string;
  name: string;
  type: PropertyType;
  description: string | null;
  options: Option[];
  config: JsonObject;
}

const WITH_OPTIONS = new Set<PropertyType>(["select", "status", "multi_select"]);
const READ_ONLY = new Set<PropertyType>([
  "formula",
  "created_time",
  "last_edited_time",
  "created_by",
  "last_edited_by",
  "unique_id",
]);
const DEFAULT_STATUSES = ["Not started", "In progress", "Done"];

const optionBody = z.strictObject({
  id: z.string().optional(),
  name: z.string().min(1).max(100).optional(),
  color: z.string().optional(),
  description: z.string().nullish(),
});
const optionsBody = z.looseObject({ options: z.array(optionBody).max(100).optional() });

export function isReadOnly(type: PropertyType): boolean {
  return READ_ONLY.has(type);
}

export function isPropertyType(text: string): text is PropertyType {
  return (PROPERTY_TYPES as readonly string[]).includes(text);
}

/** The type that a body such as `{rich_text: {}}` names; undefined where it names none. */
export function typeOf(body: JsonObject): PropertyType | undefined {
  return Object.keys(body).find(isPropertyType);
}

export function newProperty(
  name: string,
  type: PropertyType,
  config: unknown,
  path: string,
): Property {
  const property: Property = {
    id: type === "title" ? "title" : newPropertyId(),
    name,
    type,
    description: null,
    options: [],
    config: {},
  };
  configure(property, type, config, path);
  return property;
}

/** Gives a property its type and what belongs to it: options, a formula, a format of numbers. */
export function configure(
  property: Property,
  type: PropertyType,
  config: unknown,
  path: string,
): void {
  property.type = type;
  const body = checked(optionsBody, config ?? {}, path);
  const { options, ...rest } = body;
  property.config = rest as JsonObject;
  if (!WITH_OPTIONS.has(type)) {
    property.options = [];
    return;
  }
  const wanted =
    options ??
    (type === "status" && property.options.length === 0
      ? DEFAULT_STATUSES.map((name) => ({ name }))
      : property.options);
  property.options = wanted.map((option) => keptOption(property, option, path));
}

function keptOption(property: Property, option: z.infer<typeof optionBody>, path: string): Option {
  const known = property.options.find(({ id, name }) => id === option.id || name === option.name);
  const name = option.name ?? known?.name;
  if (name === undefined) throw invalid(`${path}: an option must have a name.`);
  return { id: known?.id ?? newId(), name, color: option.color ?? known?.color ?? "default" };
}

/** The property that a request means by name or id, the id as shown or as it is. */
export function findProperty(
  properties: readonly Property[],
  nameOrId: string,
): Property | undefined {
  return (
    properties.find(({ name }) => name === nameOrId) ??
    properties.find(({ id }) => id === nameOrId || shownPropertyId(id) === nameOrId)
  );
}

/** A property as a data source shows it. */
export function propertyView({
  id,
  name,
  type,
  description,
  options,
  config,
}: Property): JsonObject {
  const own: Json = WITH_OPTIONS.has(type)
    ? {
        ...config,
        options: options.map((option) => ({ ...option, description: null })),
        ...groups(type, options),
      }
    : config;
  return { id: shownPropertyId(id), name, description, type, [type]: own };
}

function groups(type: PropertyType, options: readonly Option[]): JsonObject {
  if (type !== "status") return {};
  const group: JsonObject = {
    id: "todo-status-group",
    name: "To-do",
    color: "gray",
    option_ids: options.map(({ id }) => id),
  };
  return { groups: [group] };
}
