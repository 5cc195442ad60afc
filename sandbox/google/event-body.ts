import { invalid } from "./errors.ts";
import { eventFields, type FieldType } from "./discovery-fields.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

/** Fields a caller may send without effect. */
const READ_ONLY = new Set([
  "kind",
  "etag",
  "htmlLink",
  "created",
  "updated",
  "creator",
  "organizer",
  "recurringEventId",
  "originalStartTime",
  "hangoutLink",
  "privateCopy",
  "locked",
  "sequence",
  "gadget",
  "eventLabelId",
]);

export interface BodyOptions {
  readonly conferenceDataVersion?: number;
  readonly supportsAttachments?: boolean;
  readonly eventLabelVersion?: number;
  /** Fields that are read-only for a client but not for this caller. */
  readonly alsoWritable?: readonly string[];
}

/** Whether a value is of the type a field is described with. */
export function isType(value: Json, type: FieldType): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

/** The writable fields of a request body: unknown ones are ignored, wrong types are refused. */
export function writableFields(body: unknown, options: BodyOptions = {}): JsonObject {
  if (!isObject(body)) throw invalid("Parse Error");
  const ignored = ignoredFields(options);
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    const type = eventFields[name];
    if (type === undefined || value === undefined || ignored(name)) continue;
    if (value !== null && !isType(value, type))
      throw invalid(`Invalid value for field: ${name}`, name);
    fields[name] = value;
  }
  return fields;
}

function ignoredFields(options: BodyOptions): (name: string) => boolean {
  const writable = new Set(options.alsoWritable ?? []);
  if (options.eventLabelVersion === 1) writable.add("eventLabelId");
  return (name) => {
    if (name === "conferenceData") return options.conferenceDataVersion !== 1;
    if (name === "attachments") return options.supportsAttachments !== true;
    return READ_ONLY.has(name) && !writable.has(name);
  };
}

/** Merges as PATCH does: objects member by member, arrays whole, null removes. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const existing = merged[name];
    if (value === null) delete merged[name];
    else if (isObject(value)) merged[name] = mergePatch(isObject(existing) ? existing : {}, value);
    else merged[name] = value;
  }
  return merged;
}
