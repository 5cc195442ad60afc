import type { Branch, Category, Customer, Product, Stock } from "./objects.ts";
import { stockId } from "./objects.ts";
import type { Shop } from "./shop.ts";

const FIRST_CODE = 9000;

/** The code that the server makes for a product without one. */
export function nextCode(shop: Shop, id: number): string {
  for (let number = Math.max(id - FIRST_CODE, 1); ; number += 1) {
    const code = `SP${String(number).padStart(6, "0")}`;
    if (shop.productByCode(code) === undefined) return code;
  }
}

export function blankCategory(shop: Shop, id?: number): Category {
  return {
    id: id ?? shop.categories.nextId,
    categoryName: "",
    parentId: null,
    createdAt: shop.now(),
    modifiedAt: null,
  };
}

export function blankProduct(shop: Shop, id = shop.products.nextId): Product {
  return {
    id,
    code: "",
    barCode: null,
    name: "",
    description: "",
    categoryId: null,
    tradeMarkId: null,
    tradeMarkName: null,
    allowsSale: true,
    isActive: true,
    isRewardPoint: false,
    hasVariants: false,
    type: 2,
    unit: null,
    masterUnitId: null,
    masterProductId: null,
    conversionValue: 1,
    attributes: [],
    basePrice: 0,
    weight: null,
    images: [],
    createdAt: shop.now(),
    modifiedAt: null,
  };
}

export function blankStock(shop: Shop, productId: number, branchId: number): Stock {
  return {
    id: stockId(productId, branchId),
    productId,
    branchId,
    onHand: 0,
    reserved: 0,
    onOrder: 0,
    cost: 0,
    minQuality: 0,
    maxQuality: 999,
    createdAt: shop.now(),
    modifiedAt: null,
  };
}

export function blankBranch(shop: Shop, branchName: string, id = shop.branches.nextId): Branch {
  return {
    id,
    branchName,
    branchCode: `CN${String(id).padStart(3, "0")}`,
    contactNumber: "02800000000",
    email: `chi-nhanh-${id}@example.test`,
    address: `${id} đường Ví Dụ`,
    createdAt: shop.now(),
    modifiedAt: null,
  };
}

export function blankCustomer(shop: Shop, name: string): Customer {
  const id = shop.customers.nextId;
  const code = `KH${String(id - 7000).padStart(6, "0")}`;
  return { id, code, name, contactNumber: null, createdAt: shop.now(), modifiedAt: null };
}
