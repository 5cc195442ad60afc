import type { Notion } from "./notion.ts";
import type { DataSource, Page } from "./objects.ts";
import { isReadOnly, type Property } from "./property.ts";
import { plainText } from "./rich-text.ts";
import { shownValue } from "./value-view.ts";
import { showContext } from "./views.ts";
import { isDay, momentOf } from "./date-value.ts";
import { offsetAt } from "../zones.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

/** What a form holds, as it is sent: texts by field. */
export type Fields = Readonly<Record<string, string | undefined>>;

/** The clock of the people who look at the pages. */
export const PEOPLE_ZONE = "Europe/Amsterdam";

const EDITED = new Set([
  "title",
  "rich_text",
  "number",
  "select",
  "status",
  "date",
  "checkbox",
  "url",
  "email",
  "phone_number",
]);

/** The columns that a form has fields for. */
export function editedColumns({ properties }: DataSource): Property[] {
  return properties.filter(({ type }) => EDITED.has(type) && !isReadOnly(type));
}

/** The fields of one column, filled with what the page holds. */
export function fieldsOf(
  notion: Notion,
  page: Page | undefined,
  column: Property,
): Record<string, string> {
  const { id, type } = column;
  const value = page === undefined ? null : shownValue(showContext(notion), page, column);
  if (type === "date") return dateFields(id, value);
  if (type === "checkbox") return value === true ? { [id]: "on" } : {};
  if (Array.isArray(value)) return { [id]: plainText(value) };
  if (isObject(value)) return { [id]: String(value["name"] ?? "") };
  return { [id]: value === null ? "" : String(value) };
}

function dateFields(id: string, value: Json): Record<string, string> {
  const { start = null, end = null } = isObject(value) ? value : {};
  const [from, until] = [start, end].map((one) => localParts(typeof one === "string" ? one : ""));
  return {
    [`${id} day`]: from?.day ?? "",
    [`${id} time`]: from?.time ?? "",
    [`${id} last`]: until?.day ?? "",
    [`${id} until`]: until?.time ?? "",
  };
}

function localParts(text: string): { day: string; time: string } {
  if (text === "" || isDay(text)) return { day: text, time: "" };
  const at = momentOf(text);
  const local = new Date(at + offsetAt(PEOPLE_ZONE, at)).toISOString();
  return { day: local.slice(0, 10), time: local.slice(11, 16) };
}

/** The values that a person changed; what was only looked at stays as it is, to the second. */
export function changedValues(
  notion: Notion,
  dataSource: DataSource,
  page: Page | undefined,
  form: Fields,
): JsonObject {
  const changed = editedColumns(dataSource).filter((column) => {
    const before = fieldsOf(notion, page, column);
    return fieldNames(column).some((name) => (form[name] ?? "") !== (before[name] ?? ""));
  });
  return Object.fromEntries(
    changed.map((column) => [column.id, { [column.type]: valueOf(column, form) }]),
  );
}

function fieldNames({ id, type }: Property): string[] {
  return type === "date" ? [`${id} day`, `${id} time`, `${id} last`, `${id} until`] : [id];
}

function valueOf({ id, type }: Property, form: Fields): Json {
  const text = (form[id] ?? "").replaceAll("\r\n", "\n");
  if (type === "date") return dateOf(id, form);
  if (type === "checkbox") return text === "on";
  if (type === "title" || type === "rich_text")
    return text === "" ? [] : [{ text: { content: text } }];
  if (text === "") return null;
  if (type === "number") return Number(text);
  return type === "select" || type === "status" ? { name: text } : text;
}

/** Days where no time is given, otherwise times by the clock of the people. */
function dateOf(id: string, form: Fields): Json {
  const field = (name: string): string => form[`${id} ${name}`] ?? "";
  const [day, time, last, until] = [field("day"), field("time"), field("last"), field("until")];
  if (day === "") return null;
  if (time === "") return { start: day, end: last === "" ? null : last };
  const end = last === "" && until === "" ? null : `${last || day}T${until || time}:00`;
  return { start: `${day}T${time}:00`, end, time_zone: PEOPLE_ZONE };
}
