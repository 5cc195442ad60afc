import type { Json, JsonObject } from "../json.ts";
import type { Property } from "./property.ts";
import type { RichText } from "./rich-text.ts";

/** Where an object hangs. Access is inherited along this chain. */
export type Parent =
  | { readonly type: "workspace" }
  | { readonly type: "page_id"; readonly id: string }
  | { readonly type: "data_source_id"; readonly id: string };

/** Who did something: a person at the interface, or a bot through the API. */
export interface Actor {
  readonly id: string;
  readonly type: "person" | "bot";
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Times are milliseconds since 1970, exact; answers show the minute. */
interface Stored {
  readonly id: string;
  readonly createdAt: number;
  readonly createdBy: string;
  editedAt: number;
  editedBy: string;
  inTrash: boolean;
  icon: Json;
  cover: Json;
}

export interface Database extends Stored {
  title: RichText[];
  parent: Parent;
  dataSources: string[];
}

export interface DataSource extends Stored {
  readonly databaseId: string;
  name: string;
  properties: Property[];
  /** The last number that a `unique_id` gave away. */
  lastNumber: number;
}

export interface Page extends Stored {
  parent: Parent;
  /** Position among all pages that were ever made. */
  readonly number: number;
  /** Values by the property's id; one that is absent is empty. */
  values: Record<string, Json>;
  isLocked: boolean;
  blocks: Block[];
  /** Its number for `unique_id`, in its data source. */
  uniqueNumber: number;
}

export interface Block {
  readonly id: string;
  readonly type: string;
  content: JsonObject;
  readonly createdAt: number;
  readonly createdBy: string;
}
