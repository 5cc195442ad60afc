import type { Method } from "./discovery.ts";
import { commonParameters, type Parameter } from "./discovery-parameters.ts";
import { invalid, required } from "./errors.ts";
import { parseDateTime } from "./times.ts";

type QueryValue = string | number | boolean | string[];
export type Query = Readonly<Record<string, QueryValue | undefined>>;

/** The query of a request as its method describes it, or the refusal Google would give. */
export function readQuery(url: string, method: Method): Query {
  const params = new URL(url, "http://sandbox").searchParams;
  const query: Record<string, QueryValue> = {};
  for (const name of new Set(params.keys())) {
    const parameter = method.query[name] ?? commonParameters[name];
    if (parameter === undefined)
      throw invalid(`Unknown name "${name}": Cannot bind query parameter.`, name);
    const values = params.getAll(name).map((value) => readValue(value, name, parameter));
    const [first] = values;
    if (parameter.repeated === true) query[name] = values.map(String);
    else if (values.length > 1 && values.some((value) => value !== first))
      throw invalid("Invalid Value", name);
    else if (first !== undefined) query[name] = first;
  }
  for (const [name, parameter] of Object.entries(method.query)) {
    if (parameter.required === true && query[name] === undefined) throw required("Required", name);
  }
  checkCommon(query);
  return query;
}

function checkCommon(query: Query): void {
  const { alt, quotaUser } = query;
  if (alt !== undefined && alt !== "json") throw invalid("Invalid Value", "alt");
  if (typeof quotaUser === "string" && quotaUser.length > 40)
    throw invalid("Invalid Value", "quotaUser");
}

function readValue(text: string, name: string, parameter: Parameter): string | number | boolean {
  if (parameter.type === "boolean") {
    if (text !== "true" && text !== "false")
      throw invalid(`Invalid boolean value: '${text}'.`, name);
    return text === "true";
  }
  if (parameter.type === "integer") return readInteger(text, name, parameter);
  if (parameter.type === "date-time" && parseDateTime(text)?.offsetMs === undefined)
    throw invalid("Bad Request", name);
  if (parameter.values !== undefined && !parameter.values.includes(text))
    throw invalid(`Invalid string value: '${text}'.`, name);
  return text;
}

function readInteger(text: string, name: string, parameter: Parameter): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) throw invalid(`Invalid integer value: '${text}'.`, name);
  if (parameter.min !== undefined && value < parameter.min)
    throw invalid(`Invalid value '${text}'.`, name);
  if (parameter.max !== undefined && value > parameter.max)
    throw invalid(`Invalid value '${text}'.`, name);
  return value;
}

export function textParameter(query: Query, name: string): string | undefined {
  const value = query[name];
  return typeof value === "string" ? value : undefined;
}

export function numberParameter(query: Query, name: string): number | undefined {
  const value = query[name];
  return typeof value === "number" ? value : undefined;
}

export function flag(query: Query, name: string): boolean | undefined {
  const value = query[name];
  return typeof value === "boolean" ? value : undefined;
}

export function textList(query: Query, name: string): string[] | undefined {
  const value = query[name];
  return Array.isArray(value) ? value : undefined;
}
