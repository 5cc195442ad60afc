import type { Settings } from "../connector.ts";
import { CollectionMissing, Rejected } from "../errors.ts";
import type { Api } from "./api.ts";
import { type Column, type DataSource, isTrashed } from "./schemas.ts";
import { propertyTypes, type Role, roles } from "./settings.ts";
import { columnOf } from "./table.ts";

/** How the properties are named where a person says nothing. The title is found by its type. */
const usualNames: Record<Exclude<Role, "title">, string> = {
  date: "Date",
  description: "Description",
  location: "Location",
  notes: "Notes",
  key: "Syncline key",
};

type Found = Record<Role, string>;

/**
 * The settings with everything looked up: the data source of a database, and its properties by id.
 * The key property is made where it is missing, unless the settings forbid it: without one the
 * database is only read. @throws Rejected naming all that does not fit
 */
export async function prepare(
  api: Api,
  settings: Settings,
  signal: AbortSignal,
): Promise<Settings> {
  const dataSource = await findTable(api, settings["calendarId"] ?? "", signal);
  const { found, problems } = resolve(dataSource, settings);
  if (problems.length > 0)
    throw new Rejected(
      `The database does not fit: ${problems.join("; ")}. Mend this at Notion, or name other properties in the settings`,
    );
  return {
    ...settings,
    ...found,
    calendarId: dataSource.id.toLowerCase(),
    databaseId: (dataSource.parent.database_id ?? settings["databaseId"] ?? "").toLowerCase(),
    key: await keyOf(api, dataSource, found.key, settings, signal),
  };
}

/** A person sees the id of the database, which is not that of its data source. */
async function findTable(api: Api, id: string, signal: AbortSignal): Promise<DataSource> {
  const dataSource =
    (await orMissing(api.dataSource(id, signal))) ?? (await tableOf(api, id, signal));
  if (isTrashed(dataSource))
    throw new Rejected("The database is in the trash of Notion: restore it there first");
  return dataSource;
}

async function tableOf(api: Api, databaseId: string, signal: AbortSignal): Promise<DataSource> {
  const database = await orMissing(api.database(databaseId, signal));
  if (database === null)
    throw new Rejected(
      `calendarId: ${databaseId} is no database or data source that this connection can reach: open the database at Notion, and add the connection to it under Connections`,
    );
  if (isTrashed(database))
    throw new Rejected("The database is in the trash of Notion: restore it there first");
  const [only, ...others] = database.data_sources;
  if (only === undefined || others.length > 0) {
    const list = database.data_sources.map(({ id, name }) => `${JSON.stringify(name)} ${id}`);
    throw new Rejected(
      `calendarId: the database has ${list.length} data sources, expected one: give the id of one of them (${list.join(", ")})`,
    );
  }
  return api.dataSource(only.id, signal);
}

/** The id of something else is refused as often as it is not found. */
async function orMissing<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CollectionMissing || error instanceof Rejected) return null;
    throw error;
  }
}

/** The property ids by role, and what is wrong with those that have none. */
function resolve(dataSource: DataSource, settings: Settings): { found: Found; problems: string[] } {
  const found = {} as Found;
  const problems: string[] = [];
  for (const role of roles) {
    const wanted = wantedOf(dataSource, settings, role);
    const column = wanted === "" ? undefined : columnOf(dataSource, wanted);
    found[role] = column?.id ?? "";
    if (wanted === "" || (role === "key" && column === undefined)) continue;
    const type = propertyTypes[role];
    if (column?.type === type) {
      if (isAmbiguous(dataSource, column)) problems.push(twoNames(role, column));
      continue;
    }
    const shown = JSON.stringify(wanted);
    problems.push(
      column === undefined
        ? `${role}: there is no property ${shown}, expected one of the type ${type}${leaving(role)}`
        : `${role}: the property ${shown} is of the type ${column.type}, expected ${type}`,
    );
  }
  return { found, problems };
}

/** Notion takes names and ids alike, and people may name a property after the id of another. */
function isAmbiguous({ properties }: DataSource, { id }: Column): boolean {
  return Object.values(properties).some((other) => other.name === id && other.id !== id);
}

function twoNames(role: Role, { id }: Column): string {
  return `${role}: another property is named ${JSON.stringify(id)}, which is the id of this one: rename it`;
}

function wantedOf({ properties }: DataSource, settings: Settings, role: Role): string {
  const given = settings[role];
  if (given !== undefined) return given;
  if (role !== "title") return usualNames[role];
  return Object.values(properties).find(({ type }) => type === "title")?.id ?? "title";
}

function leaving(role: Role): string {
  return role === "date" || role === "title" ? "" : ` (or set "${role}" to "" to leave it out)`;
}

async function keyOf(
  api: Api,
  dataSource: DataSource,
  found: string,
  settings: Settings,
  signal: AbortSignal,
): Promise<string> {
  const name = settings["key"] ?? usualNames.key;
  if (found !== "" || name === "" || settings["addKeyProperty"] === "false") return found;
  const changed = await api.addColumns(dataSource.id, { [name]: { rich_text: {} } }, signal);
  const made = columnOf(changed, name);
  if (made?.type === "rich_text") return made.id;
  throw new Rejected(
    `key: the property ${JSON.stringify(name)} could not be made: add a text property of this name at Notion`,
  );
}
