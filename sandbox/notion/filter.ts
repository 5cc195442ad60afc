import { failed } from "./check-body.ts";
import { isMatching, type Condition } from "./conditions.ts";
import { invalid } from "./errors.ts";
import type { Page } from "./objects.ts";
import { findProperty, type Property } from "./property.ts";
import { plainText } from "./rich-text.ts";
import { idsOf, type ShowContext, shownValue } from "./value-view.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

type Test = (page: Page) => boolean;

interface FilterContext {
  readonly show: ShowContext;
  readonly properties: readonly Property[];
  readonly now: number;
  /** Whom `me` means. */
  readonly userId: string;
}

const TEXTS = new Set(["title", "rich_text", "url", "email", "phone_number"]);
const TIMESTAMPS = new Set(["created_time", "last_edited_time"]);
const DEEPEST = 2;

/** A filter as a test of rows, or the refusal of a filter that makes no sense. */
export function compileFilter(
  context: FilterContext,
  raw: unknown,
  path = "body.filter",
  depth = 0,
): Test {
  if (!isObject(raw)) throw failed(path, "an object", raw);
  const list = raw["and"] ?? raw["or"];
  if (list !== undefined) {
    if (depth >= DEEPEST) throw failed(path, "a filter nested at most two levels deep", raw);
    if (!Array.isArray(list))
      throw failed(`${path}.${"and" in raw ? "and" : "or"}`, "an array", list);
    const tests = list.map((one, at) => compileFilter(context, one, `${path}[${at}]`, depth + 1));
    return "and" in raw
      ? (page) => tests.every((test) => test(page))
      : (page) => tests.some((test) => test(page));
  }
  if (raw["timestamp"] !== undefined) return timestampTest(context, raw, path);
  if (raw["property"] !== undefined) return propertyTest(context, raw, path);
  throw failed(path, "a filter on a `property` or a `timestamp`, or `and`, or `or`", raw);
}

function timestampTest(context: FilterContext, raw: JsonObject, path: string): Test {
  const timestamp = String(raw["timestamp"]);
  if (!TIMESTAMPS.has(timestamp))
    throw failed(`${path}.timestamp`, '`"created_time"` or `"last_edited_time"`', timestamp);
  const condition = conditionOf(raw, timestamp, path);
  const matches = isMatching("date", condition, context.now, `${path}.${timestamp}`);
  return (page) =>
    matches(context.show.shownTime(timestamp === "created_time" ? page.createdAt : page.editedAt));
}

function conditionOf(raw: JsonObject, key: string, path: string): Condition {
  const body = raw[key];
  if (!isObject(body)) throw failed(`${path}.${key}`, "defined", body);
  const [operator, more] = Object.keys(body);
  if (operator === undefined || more !== undefined)
    throw failed(`${path}.${key}`, "an object with one condition", body);
  return { operator, value: body[operator] ?? null };
}

function propertyTest(context: FilterContext, raw: JsonObject, path: string): Test {
  const wanted = String(raw["property"]);
  const property = findProperty(context.properties, wanted);
  if (property === undefined) throw invalid(`Could not find property with name or id: ${wanted}`);
  const key = Object.keys(raw).find((one) => one !== "property" && one !== "type");
  if (key === undefined) throw failed(path, "a filter with a condition", raw);
  const nested = property.type === "formula" && key === "formula";
  if (!nested && !fits(property.type, key))
    throw invalid(`database property ${property.type} does not match filter ${key}`);
  const body = nested ? raw[key] : raw;
  const inner = nested && isObject(body) ? (Object.keys(body)[0] ?? "string") : key;
  const condition = conditionOf(isObject(body) ? body : {}, inner, path);
  const value = condition.value === "me" ? context.userId : condition.value;
  const matches = isMatching(
    kindOf(inner),
    { ...condition, value },
    context.now,
    `${path}.${inner}`,
  );
  return (page) => matches(comparable(context.show, page, property));
}

function fits(type: string, key: string): boolean {
  return (
    type === key || (TEXTS.has(type) && TEXTS.has(key)) || (TIMESTAMPS.has(type) && key === "date")
  );
}

function kindOf(key: string): "text" | "number" | "checkbox" | "choice" | "list" | "date" {
  if (TEXTS.has(key) || key === "string") return "text";
  if (key === "number" || key === "unique_id") return "number";
  if (key === "checkbox" || key === "boolean") return "checkbox";
  if (key === "select" || key === "status") return "choice";
  return key === "date" || TIMESTAMPS.has(key) ? "date" : "list";
}

/** A row's value as it is compared and sorted: text, a number, a start, or a list of ids and names. */
export function comparable(context: ShowContext, page: Page, property: Property): Json {
  const held = page.values[property.id] ?? null;
  const value = shownValue(context, page, property);
  if (Array.isArray(value) && TEXTS.has(property.type)) return plainText(value);
  if (property.type === "multi_select" && Array.isArray(value))
    return value.flatMap((one): Json[] =>
      isObject(one) ? [one["name"] ?? "", one["id"] ?? ""] : [],
    );
  if (property.type === "people" || property.type === "relation") return idsOf(held);
  if (!isObject(value)) return value;
  if (property.type === "created_by" || property.type === "last_edited_by")
    return [value["id"] ?? ""];
  return value["start"] ?? value["name"] ?? value["string"] ?? value["number"] ?? null;
}
