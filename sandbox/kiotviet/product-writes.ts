import * as z from "zod";
import { blankProduct, blankStock, nextCode } from "./blank.ts";
import { invalid, notFound } from "./errors.ts";
import type { Product, Stock } from "./objects.ts";
import { stockId } from "./objects.ts";
import type { Shop } from "./shop.ts";
import { compact } from "../json.ts";

const id = z.number().int().positive();

const stockFields = {
  onHand: z.number().optional(),
  reserved: z.number().optional(),
  onOrder: z.number().optional(),
  cost: z.number().optional(),
  minQuality: z.number().optional(),
  maxQuality: z.number().optional(),
};

const stockGiven = z.object({ branchId: id, ...stockFields });

/** What a client may say of a product; what it does not name stays as it is. */
export const productGiven = z.object({
  code: z.string().trim().min(1).max(50).optional(),
  barCode: z.string().max(16).nullish(),
  name: z.string().trim().min(1).max(255).optional(),
  description: z.string().optional(),
  categoryId: id.nullish(),
  allowsSale: z.boolean().optional(),
  isActive: z.boolean().optional(),
  isRewardPoint: z.boolean().optional(),
  hasVariants: z.boolean().optional(),
  unit: z.string().nullish(),
  masterProductId: id.nullish(),
  masterUnitId: id.nullish(),
  conversionValue: z.number().positive().optional(),
  attributes: z
    .array(z.object({ attributeName: z.string(), attributeValue: z.string() }))
    .optional(),
  basePrice: z.number().min(0).optional(),
  weight: z.number().min(0).nullish(),
  images: z.array(z.string()).optional(),
  inventories: z.array(stockGiven).optional(),
});

export type ProductGiven = z.infer<typeof productGiven>;

export const stockMove = z.strictObject({
  product: id,
  /** Without it, the first branch there is. */
  branch: id.optional(),
  /** Added to what is on hand; or what is on hand afterwards. */
  by: z.number().optional(),
  ...stockFields,
});

export type StockMove = z.infer<typeof stockMove>;

/** Makes a product, under this id where one is named. */
export function createProduct(shop: Shop, given: ProductGiven, wanted?: number): Product {
  const { inventories = [], ...fields } = given;
  if (fields.name === undefined) throw invalid("Tên hàng hóa không được để trống");
  check(shop, given);
  const blank = blankProduct(shop, wanted);
  const code = fields.code ?? nextCode(shop, blank.id);
  const product = { ...blank, ...compact({ ...fields }), code } as Product;
  shop.write("products", product);
  for (const { id: branchId } of shop.branches.all) {
    const { branchId: _branch, ...stock } = inventories.find(
      (one) => one.branchId === branchId,
    ) ?? { branchId };
    shop.write("inventory", {
      ...blankStock(shop, product.id, branchId),
      ...compact(stock),
    } as Stock);
  }
  return product;
}

/** Changes what is named. Only words about the product itself move its `modifiedDate`, never its stock. */
export function changeProduct(shop: Shop, productId: number, given: ProductGiven): Product {
  const before = findProduct(shop, productId);
  const { inventories = [], ...rest } = given;
  check(shop, given, productId);
  const fields = compact({ ...rest });
  if (Object.keys(fields).length > 0 || inventories.length === 0)
    shop.write("products", { ...before, ...fields, modifiedAt: shop.now() } as Product);
  for (const { branchId, ...stock } of inventories)
    moveStock(shop, { product: productId, branch: branchId, ...stock });
  return findProduct(shop, productId);
}

/** Its stock goes with it. */
export function deleteProduct(shop: Shop, productId: number): void {
  findProduct(shop, productId);
  for (const { id } of shop.stockOf(productId)) shop.erase("inventory", id);
  shop.erase("products", productId);
}

export function moveStock(shop: Shop, { product, branch, by, ...given }: StockMove): Stock {
  findProduct(shop, product);
  const branchId = branch ?? shop.branches.all[0]?.id;
  if (branchId === undefined || shop.branches.get(branchId) === undefined)
    throw notFound("Chi nhánh");
  const before =
    shop.inventory.get(stockId(product, branchId)) ?? blankStock(shop, product, branchId);
  const onHand = given.onHand ?? before.onHand + (by ?? 0);
  const after = { ...before, ...compact({ ...given }), onHand, modifiedAt: shop.now() } as Stock;
  shop.write("inventory", after);
  return after;
}

export function findProduct(shop: Shop, productId: number): Product {
  const product = shop.products.get(productId);
  if (product === undefined) throw notFound("Hàng hóa");
  return product;
}

function check(shop: Shop, given: ProductGiven, own?: number): void {
  const { code, categoryId, masterProductId, masterUnitId, inventories = [] } = given;
  const holder = code === undefined ? undefined : shop.productByCode(code);
  if (holder !== undefined && holder.id !== own)
    throw invalid(`Mã hàng hóa ${code} đã tồn tại trong hệ thống`);
  if (typeof categoryId === "number" && shop.categories.get(categoryId) === undefined)
    throw invalid("Nhóm hàng không tồn tại");
  for (const other of [masterProductId, masterUnitId])
    if (typeof other === "number" && shop.products.get(other) === undefined)
      throw invalid("Hàng hóa gốc không tồn tại");
  for (const { branchId } of inventories)
    if (shop.branches.get(branchId) === undefined) throw invalid("Chi nhánh không tồn tại");
}
