import * as z from "zod";
import { checked, failed } from "./check-body.ts";
import { readDate } from "./date-value.ts";
import { invalid } from "./errors.ts";
import { newId, parseId } from "./ids.ts";
import type { Person } from "./objects.ts";
import { isReadOnly, type Option, type Property } from "./property.ts";
import { readRichText } from "./rich-text.ts";
import { isObject, type Json } from "../json.ts";

/** What judging a value needs to know. */
export interface ValueContext {
  readonly people: ReadonlyMap<string, Person>;
  readonly asPerson: boolean;
  readonly cutSeconds: boolean;
  /** Options that the write makes; they exist once all of it is found to be good. */
  readonly made: { readonly property: Property; readonly option: Option }[];
}

const choice = z
  .strictObject({
    id: z.string().optional(),
    name: z.string().max(100).optional(),
    color: z.string().optional(),
  })
  .refine(
    ({ id, name }) => id !== undefined || name !== undefined,
    "an option with an `id` or a `name`",
  );
const reference = z.looseObject({ id: z.string() });
const file = z.looseObject({ name: z.string().max(100) });
const short = z.string().max(200).nullable();

/** The value of one property in a write, as it is kept. `path` is where it stands in the body. */
export function readValue(
  context: ValueContext,
  property: Property,
  body: unknown,
  path: string,
): Json {
  const { name, type } = property;
  if (isReadOnly(type))
    throw invalid(`Cannot update property "${name}": values of type ${type} are computed.`);
  if (!isObject(body)) throw failed(path, "an object", body);
  const raw = body[type];
  if (raw === undefined) throw invalid(`${name} is expected to be ${type}.`);
  return readRaw(context, property, raw, `${path}.${type}`);
}

function readRaw(context: ValueContext, property: Property, raw: Json, path: string): Json {
  switch (property.type) {
    case "title":
    case "rich_text":
      return readRichText(raw, path);
    case "number":
      return checked(z.number().nullable(), raw, path);
    case "checkbox":
      return checked(z.boolean(), raw, path);
    case "url":
      return checked(z.string().max(2000).nullable(), raw, path);
    case "email":
    case "phone_number":
      return checked(short, raw, path);
    case "date":
      return raw === null ? null : (readDate(raw, path, context) as unknown as Json);
    case "select":
    case "status":
      return raw === null ? null : optionId(context, property, checked(choice, raw, path));
    case "multi_select":
      return checked(z.array(choice).max(100), raw, path).map((one) =>
        optionId(context, property, one),
      );
    default:
      return readReferences(context, property, raw, path);
  }
}

function readReferences(
  { people }: ValueContext,
  property: Property,
  raw: Json,
  path: string,
): Json {
  if (property.type === "files") return checked(z.array(file).max(100), raw, path) as Json;
  const ids = checked(z.array(reference).max(100), raw, path).map(({ id }, at) => {
    const parsed = parseId(id);
    if (parsed === undefined) throw failed(`${path}[${at}].id`, "a valid uuid", id);
    return parsed;
  });
  const stranger = property.type === "people" ? ids.find((id) => !people.has(id)) : undefined;
  if (stranger !== undefined) throw invalid(`Could not find user with ID: ${stranger}.`);
  return [...new Set(ids)];
}

/** The option meant; a select makes one that it does not know, a status refuses it. */
function optionId(
  { made }: ValueContext,
  property: Property,
  { id, name = "", color }: z.infer<typeof choice>,
): string {
  const pending = made.filter((one) => one.property === property).map(({ option }) => option);
  const known = [...property.options, ...pending].find((option) =>
    id === undefined ? option.name === name : option.id === id,
  );
  if (known !== undefined) return known.id;
  if (property.type === "status")
    throw invalid(`Invalid status option. Status option "${id ?? name}" does not exist.`);
  if (id !== undefined) throw invalid(`Could not find option with ID: ${id}.`);
  if (name.includes(",")) throw invalid("Invalid select option, commas not allowed.");
  const option: Option = { id: newId(), name, color: color ?? "default" };
  made.push({ property, option });
  return option.id;
}
