import { CollectionMissing, Misconfigured, Rejected } from "../errors.ts";
import type { Api } from "./api.ts";
import { Missing } from "./errors.ts";
import { type Column, type DataSource, isTrashed } from "./schemas.ts";
import { type Mapping, propertyTypes, type Role, roles } from "./settings.ts";

/** The table of a connection, looked at whenever a refusal may be its fault. */
export interface Table {
  /**
   * @throws CollectionMissing where it is gone, trashed or no longer shared; Misconfigured where it
   * lacks a property that the settings name
   */
  check(signal: AbortSignal): Promise<void>;
  /** A call about a page, whose refusal may come from the table. @throws Gone only where the table is there */
  forPage<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>;
}

export function createTable(api: Api, mapping: Mapping): Table {
  async function check(signal: AbortSignal): Promise<void> {
    const dataSource = await api.dataSource(mapping.dataSourceId, signal);
    if (isTrashed(dataSource) || (await isDatabaseTrashed(signal)))
      throw new CollectionMissing("the database is in the trash of Notion: restore it there");
    for (const role of roles) {
      if (mapping[role] !== "" && columnOf(dataSource, mapping[role])?.type !== propertyTypes[role])
        throw misfit(role, mapping[role]);
    }
  }

  /** The trash takes a database as a whole, and its data source need not say so. */
  async function isDatabaseTrashed(signal: AbortSignal): Promise<boolean> {
    if (mapping.databaseId === "") return false;
    try {
      return isTrashed(await api.database(mapping.databaseId, signal));
    } catch (error) {
      // What can be read through its data source is there.
      if (error instanceof CollectionMissing) return false;
      throw error;
    }
  }

  return {
    check,
    async forPage(signal, call) {
      try {
        return await call();
      } catch (error) {
        if (error instanceof Missing || error instanceof Rejected) await check(signal);
        throw error;
      }
    },
  };
}

/** The column of this id, or else of this name. */
export function columnOf({ properties }: DataSource, idOrName: string): Column | undefined {
  const columns = Object.values(properties);
  return columns.find(({ id }) => id === idOrName) ?? columns.find(({ name }) => name === idOrName);
}

export function misfit(role: Role, id: string): Misconfigured {
  return new Misconfigured(
    `the property that holds the ${role} (${JSON.stringify(id)}) is not there, or not of the type ${propertyTypes[role]}: put it back at Notion, or connect the database again`,
  );
}
