import type { JsonObject } from "../json.ts";
import type { EventStore } from "./event-store.ts";

/** From the least to the most. */
export const ACCESS_ROLES = [
  "none",
  "freeBusyReader",
  "reader",
  "writerWithoutPrivateAccess",
  "writer",
  "owner",
] as const;

export type AccessRole = (typeof ACCESS_ROLES)[number];

export interface CalendarData {
  readonly id: string;
  /** Address of the account that owns it. */
  readonly owner: string;
  summary: string;
  description?: string;
  location?: string;
  timeZone: string;
  watchable: boolean;
  deleted?: boolean;
  etag: number;
  /** Rises when all sync tokens handed out before must stop working. */
  tokenGeneration: number;
}

export interface Calendar {
  readonly data: CalendarData;
  readonly events: EventStore;
}

/** A calendar in an account's list. */
export interface ListEntry {
  readonly calendarId: string;
  accessRole: AccessRole;
  /** What the account itself set: colour, name of its own, hidden, selected. */
  own: JsonObject;
  change: number;
  deleted?: boolean;
}

export interface Account {
  readonly email: string;
  readonly sub: string;
  readonly name: string;
  readonly list: Map<string, ListEntry>;
  lastChange: number;
}

export function roleAtLeast(role: AccessRole, least: AccessRole): boolean {
  return ACCESS_ROLES.indexOf(role) >= ACCESS_ROLES.indexOf(least);
}
