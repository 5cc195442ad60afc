import { parentsIn } from "./category-view.ts";
import { fullName } from "./change-log.ts";
import { localText } from "./dates.ts";
import type { Branch, Category, Product, Row, Stock } from "./objects.ts";
import type { WebhookType } from "./registrations.ts";
import type { Change } from "./shop.ts";
import type { Showing } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

/** The type under which a change is told; the going of stock is told by none. */
export function typeOf({ kind, after }: Change): WebhookType | undefined {
  const gone = after === undefined;
  if (kind === "products") return gone ? "product.delete" : "product.update";
  if (kind === "categories") return gone ? "category.delete" : "category.update";
  if (kind === "branches") return gone ? "branch.delete" : "branch.update";
  return kind === "inventory" && !gone ? "stock.update" : undefined;
}

export function isDeletion(type: WebhookType): boolean {
  return type.endsWith(".delete");
}

/** One entry of `Data`: the row as it was after the change, of a deletion only its id. */
export function entryOf(showing: Showing, { kind, before, after }: Change): Json {
  if (after === undefined) return before?.id ?? null;
  if (kind === "products") return productEntry(showing, after as Product);
  if (kind === "categories") return categoryEntry(showing, after as Category);
  if (kind === "inventory") return stockEntry(showing, after as Stock);
  return branchEntry(showing, after as Branch);
}

function dates({ settings }: Showing, { createdAt, modifiedAt }: Row): JsonObject {
  const created = { CreatedDate: localText(createdAt, settings.fraction) };
  if (modifiedAt === null) return created;
  return { ...created, ModifiedDate: localText(modifiedAt, settings.fraction) };
}

/** Without `IsActive` and the bar code; one key begins with a small letter. */
function productEntry(showing: Showing, product: Product): JsonObject {
  const { shop } = showing;
  return {
    Id: product.id,
    Code: product.code,
    Name: product.name,
    FullName: fullName(product),
    CategoryId: product.categoryId,
    CategoryName: shop.categories.get(product.categoryId ?? 0)?.categoryName ?? null,
    masterProductId: product.masterProductId,
    AllowsSale: product.allowsSale,
    HasVariants: product.hasVariants,
    BasePrice: product.basePrice,
    Weight: product.weight,
    Unit: product.unit,
    MasterUnitId: product.masterUnitId,
    ConversionValue: product.conversionValue,
    ...(product.modifiedAt === null
      ? {}
      : { ModifiedDate: dates(showing, product)["ModifiedDate"] }),
    Attributes: product.attributes.map((one): Json => ({
      ProductId: product.id,
      AttributeName: one.attributeName,
      AttributeValue: one.attributeValue,
    })),
    Units: [],
    Inventories: shop.stockOf(product.id).map((stock) => stockEntry(showing, stock)),
    PriceBooks: [],
    Images: product.images.map((Image): Json => ({ Image })),
  };
}

function stockEntry({ shop }: Showing, stock: Stock): JsonObject {
  const product = shop.products.get(stock.productId);
  return {
    ProductId: stock.productId,
    ProductCode: product?.code ?? null,
    ProductName: product?.name ?? null,
    BranchId: stock.branchId,
    BranchName: shop.branches.get(stock.branchId)?.branchName ?? null,
    Cost: stock.cost,
    OnHand: stock.onHand,
    Reserved: stock.reserved,
  };
}

function categoryEntry(showing: Showing, category: Category): JsonObject {
  return {
    Id: category.id,
    Name: category.categoryName,
    ParentId: category.parentId,
    IsDeleted: false,
    ...dates(showing, category),
    RetailerId: showing.shop.credentials.retailerId,
    Rank: 0,
    HasChild: parentsIn(showing.shop).has(category.id),
  };
}

function branchEntry(showing: Showing, branch: Branch): JsonObject {
  return {
    Id: branch.id,
    Name: branch.branchName,
    ContactNumber: branch.contactNumber,
    SubContactNumber: null,
    Address: branch.address,
    Location: null,
    WardName: null,
    IsActive: true,
    IsLock: false,
    ...dates(showing, branch),
    RetailerId: showing.shop.credentials.retailerId,
  };
}
