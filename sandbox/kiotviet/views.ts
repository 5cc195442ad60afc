import { fullName } from "./change-log.ts";
import { localText } from "./dates.ts";
import type { Branch, Category, Customer, Product, Row, Stock } from "./objects.ts";
import type { KiotVietSettings } from "./settings.ts";
import type { Shop } from "./shop.ts";
import type { Json, JsonObject } from "../json.ts";

/** What a row is shown with. */
export interface Showing {
  readonly shop: Shop;
  readonly settings: KiotVietSettings;
}

export interface ProductShown {
  /** The key under which its stock is shown, if it is. */
  readonly stock?: "inventories" | "inventory";
  readonly images: "objects" | "texts";
  readonly priceBooks?: boolean;
}

function dates({ settings }: Showing, { createdAt, modifiedAt }: Row): JsonObject {
  const created = { createdDate: localText(createdAt, settings.fraction) };
  if (modifiedAt === null) return created;
  return { ...created, modifiedDate: localText(modifiedAt, settings.fraction) };
}

/** Absent values as the settings have them. */
function worded({ settings }: Showing, view: JsonObject, { id }: Row): JsonObject {
  if (settings.absent === "null" || (settings.absent === "mixed" && id % 2 === 0)) return view;
  for (const name of Object.keys(view)) if (view[name] === null) delete view[name];
  return view;
}

export function productView(showing: Showing, product: Product, shown: ProductShown): JsonObject {
  const { shop } = showing;
  const { createdAt: _created, modifiedAt: _modified, images, ...fields } = product;
  const category = shop.categories.get(product.categoryId ?? 0);
  const view: JsonObject = {
    ...(fields as unknown as JsonObject),
    fullName: fullName(product),
    categoryName: category?.categoryName ?? null,
    retailerId: shop.credentials.retailerId,
    units: [],
    orderTemplate: "",
    isLotSerialControl: false,
    isBatchExpireControl: false,
    minQuantity: 0,
    maxQuantity: 999,
    images: shown.images === "texts" ? [...images] : images.map((Image): Json => ({ Image })),
  };
  if (shown.stock !== undefined)
    view[shown.stock] = shop.stockOf(product.id).map((one) => stockView(shop, product, one));
  if (shown.priceBooks === true) view["priceBooks"] = [];
  return Object.assign(worded(showing, view, product), dates(showing, product));
}

function stockView({ branches }: Shop, product: Product, stock: Stock): Json {
  const { id: _id, createdAt: _created, modifiedAt: _modified, branchId, ...numbers } = stock;
  return {
    productCode: product.code,
    productName: product.name,
    branchId,
    branchName: branches.get(branchId)?.branchName ?? null,
    ...numbers,
  };
}

/** A product with nothing but its stock; here it is spelt otherwise. */
export function onHandView(
  showing: Showing,
  product: Product,
  branchIds: ReadonlySet<number> | undefined,
): JsonObject {
  const { id, code } = product;
  const inventories = showing.shop
    .stockOf(id)
    .filter(({ branchId }) => branchIds === undefined || branchIds.has(branchId))
    .map(({ branchId, onHand, reserved }) => ({ branchId, onhand: onHand, reserved }));
  return { id, code, ...dates(showing, product), inventories };
}

export function categoryView(
  showing: Showing,
  category: Category,
  parents: ReadonlySet<number>,
): JsonObject {
  const { id: categoryId, parentId, categoryName } = category;
  const view: JsonObject = {
    categoryId,
    parentId,
    categoryName,
    retailerId: showing.shop.credentials.retailerId,
    hasChild: parents.has(categoryId),
  };
  return Object.assign(worded(showing, view, category), dates(showing, category));
}

/** Ids of all that have children. */
export function parentsIn({ categories }: Shop): ReadonlySet<number> {
  return new Set(categories.all.flatMap(({ parentId }) => parentId ?? []));
}

/** Categories with all that is below them. */
export function categoryTree(showing: Showing, tops: readonly Category[]): JsonObject[] {
  const below = new Map<number, Category[]>();
  for (const category of showing.shop.categories.all)
    if (category.parentId !== null)
      below.set(category.parentId, [...(below.get(category.parentId) ?? []), category]);
  const parents = parentsIn(showing.shop);
  const branch = (category: Category): JsonObject => ({
    ...categoryView(showing, category, parents),
    children: (below.get(category.id) ?? []).map(branch),
  });
  return tops.map(branch);
}

export function branchView(showing: Showing, branch: Branch): JsonObject {
  const { createdAt: _created, modifiedAt: _modified, ...fields } = branch;
  const { retailerId } = showing.shop.credentials;
  return { ...fields, retailerId, ...dates(showing, branch) };
}

export function customerView(showing: Showing, customer: Customer): JsonObject {
  const { createdAt: _created, modifiedAt: _modified, ...fields } = customer;
  const { retailerId } = showing.shop.credentials;
  return Object.assign(
    worded(showing, { ...fields, retailerId }, customer),
    dates(showing, customer),
  );
}
