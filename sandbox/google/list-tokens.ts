import type { Filter } from "./list-filter.ts";
import { isObject } from "../json.ts";

/** What a sync token stands for. */
export interface SyncToken {
  readonly calendarId: string;
  readonly account: string;
  readonly generation: number;
  readonly change: number;
  readonly filter: Filter;
}

/** Where the next page of a list begins, and what the list is. */
export interface PageToken extends SyncToken {
  /** Last change that belongs to the list: fixed when its first page was read. */
  readonly upTo: number;
  /** The change a delta starts after; absent for a full list. */
  readonly since?: number;
  readonly position: number;
  readonly order?: string;
  /** Set on the token of an empty page, so that the next page has entries. */
  readonly wasEmpty?: boolean;
}

/** Base64 that ends in "=", as Google's tokens do, so that a caller who forgets to encode it is found out. */
function encode(kind: string, token: object): string {
  let text = JSON.stringify({ ...token, kind });
  while (Buffer.byteLength(text) % 3 === 0) text += " ";
  return Buffer.from(text).toString("base64");
}

function decode(kind: string, text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    return isObject(value) && value["kind"] === kind ? value : undefined;
  } catch {
    return undefined;
  }
}

export function encodeSyncToken(token: SyncToken): string {
  return encode("sync", token);
}

export function decodeSyncToken(text: string): SyncToken | undefined {
  return decode("sync", text) as SyncToken | undefined;
}

export function encodePageToken(token: PageToken): string {
  return encode("page", token);
}

export function decodePageToken(text: string): PageToken | undefined {
  return decode("page", text) as PageToken | undefined;
}
