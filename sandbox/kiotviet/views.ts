import { fullName } from "./change-log.ts";
import { localText } from "./dates.ts";
import type { Branch, Customer, Product, Row, Stock } from "./objects.ts";
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
  /** The branches whose stock is shown; without them, all. */
  readonly branchIds?: ReadonlySet<number> | undefined;
}

/** A row that was never changed has no `modifiedDate` at all. */
export function addDates(
  { settings }: Showing,
  view: JsonObject,
  { createdAt, modifiedAt }: Row,
): void {
  view["createdDate"] = localText(createdAt, settings.fraction);
  if (modifiedAt !== null) view["modifiedDate"] = localText(modifiedAt, settings.fraction);
}

/** Absent values as the settings have them. */
export function worded({ settings }: Showing, view: JsonObject, { id }: Row): JsonObject {
  if (settings.absent === "null" || (settings.absent === "mixed" && id % 2 === 0)) return view;
  for (const name of Object.keys(view)) if (view[name] === null) delete view[name];
  return view;
}

/** Members one by one: it is made a hundred times for each page, and spreading a row would take most of that time. */
export function productView(showing: Showing, product: Product, shown: ProductShown): JsonObject {
  const { shop } = showing;
  const images = product.images.map((Image): Json =>
    shown.images === "texts" ? Image : { Image },
  );
  const view: JsonObject = {
    id: product.id,
    code: product.code,
    barCode: product.barCode,
    retailerId: shop.credentials.retailerId,
    name: product.name,
    fullName: fullName(product),
    description: product.description,
    categoryId: product.categoryId,
    categoryName: shop.categories.get(product.categoryId ?? 0)?.categoryName ?? null,
    tradeMarkId: product.tradeMarkId,
    tradeMarkName: product.tradeMarkName,
    allowsSale: product.allowsSale,
    isActive: product.isActive,
    isRewardPoint: product.isRewardPoint,
    hasVariants: product.hasVariants,
    type: product.type,
    unit: product.unit,
    masterUnitId: product.masterUnitId,
    masterProductId: product.masterProductId,
    conversionValue: product.conversionValue,
    units: [],
    attributes: product.attributes as unknown as Json,
    basePrice: product.basePrice,
    weight: product.weight,
    orderTemplate: "",
    isLotSerialControl: false,
    isBatchExpireControl: false,
    minQuantity: 0,
    maxQuantity: 999,
    images,
  };
  if (shown.stock !== undefined)
    view[shown.stock] = stockAt(shop, product, shown.branchIds).map((one) =>
      stockView(shop, product, one),
    );
  if (shown.priceBooks === true) view["priceBooks"] = [];
  addDates(showing, view, product);
  return worded(showing, view, product);
}

function stockAt(
  shop: Shop,
  { id }: Product,
  branchIds: ReadonlySet<number> | undefined,
): readonly Stock[] {
  const all = shop.stockOf(id);
  return branchIds === undefined ? all : all.filter(({ branchId }) => branchIds.has(branchId));
}

function stockView({ branches }: Shop, product: Product, stock: Stock): Json {
  return {
    productId: product.id,
    productCode: product.code,
    productName: product.name,
    branchId: stock.branchId,
    branchName: branches.get(stock.branchId)?.branchName ?? null,
    onHand: stock.onHand,
    cost: stock.cost,
    onOrder: stock.onOrder,
    reserved: stock.reserved,
    minQuality: stock.minQuality,
    maxQuality: stock.maxQuality,
  };
}

/** A product with nothing but its stock; here it is spelt otherwise. */
export function onHandView(
  showing: Showing,
  product: Product,
  branchIds: ReadonlySet<number> | undefined,
): JsonObject {
  const { id, code } = product;
  const inventories = stockAt(showing.shop, product, branchIds).map(
    ({ branchId, onHand, reserved }) => ({ branchId, onhand: onHand, reserved }),
  );
  const view: JsonObject = { id, code };
  addDates(showing, view, product);
  return Object.assign(view, { inventories });
}

export function branchView(showing: Showing, branch: Branch): JsonObject {
  const { createdAt: _created, modifiedAt: _modified, ...fields } = branch;
  const { retailerId } = showing.shop.credentials;
  const view: JsonObject = { ...fields, retailerId };
  addDates(showing, view, branch);
  return view;
}

export function customerView(showing: Showing, customer: Customer): JsonObject {
  const { createdAt: _created, modifiedAt: _modified, ...fields } = customer;
  const { retailerId } = showing.shop.credentials;
  const view: JsonObject = { ...fields, retailerId };
  addDates(showing, view, customer);
  return worded(showing, view, customer);
}
