import { z } from "zod";
import type { EventField } from "../../sync/event.ts";
import { isZone } from "../../sync/time.ts";
import type { Settings } from "../connector.ts";
import { Rejected } from "../errors.ts";

/** What the properties of a row are to us, and the type that each must have. */
export const propertyTypes = {
  title: "title",
  date: "date",
  description: "rich_text",
  location: "rich_text",
  notes: "rich_text",
  key: "rich_text",
} as const;
export type Role = keyof typeof propertyTypes;
export const roles = Object.keys(propertyTypes) as Role[];

/** The connection's settings as they are stored: property ids by role, empty where one is left out. */
export interface Mapping extends Record<Role, string> {
  dataSourceId: string;
  databaseId: string;
  /** The wall clock of times that bear only an offset. */
  zone: string;
}

const idPattern = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/** The id with hyphens, whichever way it was written; null where it is none. */
export function parseId(text: string): string | null {
  const found = idPattern.exec(text);
  return found === null ? null : found.slice(1).join("-").toLowerCase();
}

const id = z
  .string()
  .regex(idPattern, "an id of 32 digits, as the address of the database shows it")
  .transform((text) => parseId(text) ?? text);
const name = z.string().max(200).optional();
const needed = z.string().min(1, "a property; it cannot be left out").max(200).optional();

const settingsSchema = z.strictObject({
  calendarId: id,
  databaseId: id.optional(),
  title: needed,
  date: needed,
  description: name,
  location: name,
  notes: name,
  key: name,
  addKeyProperty: z.enum(["true", "false"]).optional(),
  zone: z.string().refine(isZone, "an IANA time zone such as Europe/Amsterdam").optional(),
});

/**
 * Settings that a person gave, with ids in one form. Whether they fit the database is asked of Notion
 * by `prepare`. @throws Rejected
 */
export function checkSettings(settings: unknown): Settings {
  const parsed = settingsSchema.safeParse(settings);
  if (parsed.success)
    return Object.fromEntries(
      Object.entries(parsed.data).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
  const found = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Rejected(
    `Settings of a Notion calendar are {"calendarId": "…"}, the id of a database or data source, and where its properties are named otherwise than usual, their names (${found.join("; ")})`,
  );
}

export function mappingOf(settings: Settings): Mapping {
  const byRole = Object.fromEntries(roles.map((role) => [role, settings[role] ?? ""]));
  return {
    ...(byRole as Record<Role, string>),
    dataSourceId: settings["calendarId"] ?? "",
    databaseId: settings["databaseId"] ?? "",
    zone: settings["zone"] ?? "UTC",
  };
}

/** The fields that the mapped properties hold. */
export function fieldsOf(mapping: Mapping): EventField[] {
  const texts = (["description", "location", "notes"] as const).filter((role) => mapping[role]);
  return ["title", ...texts, "start", "end"];
}

/** The properties that rows are asked for; the others are not even sent. */
export function propertyIds(mapping: Mapping): string[] {
  return roles.map((role) => mapping[role]).filter((property) => property !== "");
}

/**
 * A property's id as bodies and filters take it: answers show it percent-encoded, and what is asked for
 * in an address stays so (notion-sdk-js pull request 402).
 */
export function inBody(property: string): string {
  try {
    return decodeURIComponent(property);
  } catch {
    return property;
  }
}
