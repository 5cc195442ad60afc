import { z } from "zod";
import { Rejected } from "../connectors/errors.ts";
import type { Deps } from "./deps.ts";
import { wrong } from "./problems.ts";

const name = z.string().max(200);
const roles = {
  title: name,
  date: name,
  description: name,
  location: name,
  notes: name,
  key: name,
};

/** By what they are to us: the properties of a row, where the provider has rows with properties. */
export const propertiesShape = z.strictObject(roles).partial().meta({ id: "Properties" });

/** What a person says of where the events are at the provider. */
export const place = {
  remoteCalendarId: z.string().min(1).max(1024),
  properties: propertiesShape.meta({
    description: "Names of properties, where they are not the usual ones; an empty one is left out",
  }),
  addKeyProperty: z.boolean().meta({
    description: "Whether the property for our key may be made; without it events are only read",
  }),
};

type Settings = Record<string, string>;
type Wanted = Partial<{ [Name in keyof typeof place]: z.output<(typeof place)[Name]> | undefined }>;

/**
 * The connector's settings for what a person says, on top of those there are; null where nothing is said.
 * @throws Problem pointing at the value that the connector refuses
 */
export function settingsFor(
  deps: Deps,
  provider: string,
  wanted: Wanted,
  known: Settings = {},
): Settings | null {
  const calendarId = wanted.remoteCalendarId ?? known["calendarId"];
  const details = detailsOf(wanted);
  const [first] = details;
  if (wanted.remoteCalendarId === undefined && !first) return null;
  if (calendarId === undefined)
    throw wrong(first?.pointer ?? "", "says nothing without remoteCalendarId");
  const checked = (settings: Settings, pointer: string): Settings =>
    check(deps, provider, settings, pointer);
  const chosen = checked({ calendarId }, "/remoteCalendarId");
  // Each by itself first, so that what is refused can be pointed at.
  for (const { key, value, pointer } of details) checked({ calendarId, [key]: value }, pointer);
  const given = Object.fromEntries(details.map(({ key, value }) => [key, value]));
  return checked({ ...known, ...given, ...chosen }, "/properties");
}

function detailsOf(wanted: Wanted): { key: string; value: string; pointer: string }[] {
  const properties = Object.entries(wanted.properties ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value, pointer: `/properties/${key}` }],
  );
  if (wanted.addKeyProperty === undefined) return properties;
  const may = { key: "addKeyProperty", value: String(wanted.addKeyProperty) };
  return [...properties, { ...may, pointer: "/addKeyProperty" }];
}

function check(deps: Deps, provider: string, settings: Settings, pointer: string): Settings {
  try {
    return { ...deps.registry.get(provider).checkSettings(settings) };
  } catch (error) {
    if (error instanceof Rejected) throw wrong(pointer, error.message);
    throw error;
  }
}

/** The properties as they are stored: by id, once they were looked up. */
export function propertiesOf(settings: Settings): z.output<typeof propertiesShape> {
  return Object.fromEntries(
    Object.keys(roles).flatMap((role) => {
      const property = settings[role];
      return property === undefined ? [] : [[role, property]];
    }),
  );
}
