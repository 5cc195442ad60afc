import { Rejected } from "../errors.ts";
import type { RecordChange } from "../records.ts";
import type { Row } from "./api.ts";
import { categoryIdOf, rowIdOf, toCategory, toInventory, toProduct } from "./mapping.ts";

/** A list that is pulled: where it is, and what its rows are. */
export interface Stream {
  path: string;
  query: Readonly<Record<string, string>>;
  /** False where no list of changes tells all of them: the stream is read whole each time. */
  hasDelta: boolean;
  /** Whether KiotViet's count is that of our items. */
  counts: boolean;
  idOf(row: Row): number | null;
  toChanges(row: Row): RecordChange[];
}

export const streamNames = ["categories", "products", "inventory"] as const;
type Name = (typeof streamNames)[number];

export const streams: Readonly<Record<Name, Stream>> = {
  categories: {
    path: "/categories",
    // As a tree it would not heed `lastModifiedFrom` (reference: 3; spelt so).
    query: { hierachicalData: "false" },
    hasDelta: true,
    counts: true,
    idOf: categoryIdOf,
    toChanges: (row) => [toCategory(row)],
  },
  products: {
    path: "/products",
    query: { includeInventory: "false" },
    hasDelta: true,
    counts: true,
    idOf: rowIdOf,
    toChanges: (row) => [toProduct(row)],
  },
  inventory: {
    path: "/productOnHands",
    query: {},
    // Sales move no `modifiedDate`: only a full sweep finds them (reference: 2).
    hasDelta: false,
    counts: false,
    idOf: rowIdOf,
    toChanges: toInventory,
  },
};

/** @throws Rejected naming the streams there are */
export function nameOf(stream: string): Name {
  const name = streamNames.find((one) => one === stream);
  if (name !== undefined) return name;
  throw new Rejected(`Unknown stream "${stream}": expected one of ${streamNames.join(", ")}`);
}
