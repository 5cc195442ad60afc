import { same } from "./compare.ts";
import type { controlOf, Entry, Names, Records } from "./side.ts";

interface View {
  id: number;
  categoryId: number | null;
  inventories: { branchId: number; productId: number; onHand: number; reserved: number }[];
  [field: string]: unknown;
}

/** What the shop holds, as its API shows it. */
export interface ShopState {
  products: View[];
  categories: { categoryId: number; parentId: number | null; [field: string]: unknown }[];
  branches: { id: number }[];
}

interface Logged {
  seq: number;
  stream: keyof typeof kept;
  id: string | number;
  action: Entry["action"];
  fields: Record<string, { before: unknown; after: unknown }>;
}

const asItIs = (fields: string) =>
  Object.fromEntries(fields.split(" ").map((field) => [field, field]));

const kept = {
  categories: { content: { categoryName: "name", parentId: "parentId" } },
  products: {
    content: asItIs(
      "code barCode name fullName description categoryId tradeMarkId tradeMarkName allowsSale isActive " +
        "hasVariants type unit basePrice masterUnitId masterProductId conversionValue weight attributes images",
    ),
  },
  inventory: { content: asItIs("productId branchId onHand reserved") },
} satisfies Record<string, Names>;

export async function readShopLog(
  control: ReturnType<typeof controlOf>,
  retailer: string,
): Promise<Entry[]> {
  const { changes } = await control<{ changes: Logged[] }>(
    "GET",
    `/log?shop=${retailer}&limit=100000`,
  );
  return changes.map(({ stream, id, action, fields }) => ({
    item: `${stream} ${id}`,
    action,
    fields: named(fields, kept[stream]),
  }));
}

/** The fields that are kept, by our names and where they differ. */
export function named(
  fields: Record<string, { before: unknown; after: unknown }>,
  { content, sensitive = {} }: Names,
): Entry["fields"] {
  const named: Entry["fields"] = {};
  for (const [field, pair] of Object.entries(fields)) {
    if (same(pair.before, pair.after)) continue;
    const [open, secret] = [content[field], sensitive[field]];
    if (open !== undefined) named[open] = pair;
    if (secret !== undefined) named[secret] = "sensitive";
  }
  return named;
}

export function shopRecords({ products, categories }: ShopState): Records {
  const stock = products.flatMap(({ inventories }) => inventories);
  return new Map([
    ...categories.map((row) => recordOf(`categories ${row.categoryId}`, row, kept.categories)),
    ...products.map((row) => recordOf(`products ${row.id}`, row, kept.products)),
    ...stock.map((row) =>
      recordOf(`inventory ${row.productId}:${row.branchId}`, { ...row }, kept.inventory),
    ),
  ]);
}

export function recordOf(
  item: string,
  row: Readonly<Record<string, unknown>>,
  { content }: Names,
): [string, Record<string, unknown>] {
  const pairs = Object.entries(content).map(([theirs, ours]) => [ours, row[theirs] ?? null]);
  return [item, Object.fromEntries(pairs) as Record<string, unknown>];
}
