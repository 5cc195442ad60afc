/** Rows are never changed in place: a change makes a new one, so that the log can keep both. */
export interface Row {
  readonly id: number;
  readonly createdAt: number;
  /** Null on a row that was never changed. */
  readonly modifiedAt: number | null;
}

export interface Category extends Row {
  readonly categoryName: string;
  readonly parentId: number | null;
}

export interface Attribute {
  readonly attributeName: string;
  readonly attributeValue: string;
}

export interface Product extends Row {
  readonly code: string;
  readonly barCode: string | null;
  readonly name: string;
  readonly description: string;
  readonly categoryId: number | null;
  readonly tradeMarkId: number | null;
  readonly tradeMarkName: string | null;
  readonly allowsSale: boolean;
  readonly isActive: boolean;
  readonly isRewardPoint: boolean;
  readonly hasVariants: boolean;
  /** 1 combo, 2 ordinary, 3 service. */
  readonly type: number;
  readonly unit: string | null;
  readonly masterUnitId: number | null;
  readonly masterProductId: number | null;
  readonly conversionValue: number;
  readonly attributes: readonly Attribute[];
  readonly basePrice: number;
  readonly weight: number | null;
  readonly images: readonly string[];
}

/** What there is of one product at one branch. */
export interface Stock extends Row {
  readonly productId: number;
  readonly branchId: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly onOrder: number;
  readonly cost: number;
  readonly minQuality: number;
  readonly maxQuality: number;
}

export interface Branch extends Row {
  readonly branchName: string;
  readonly branchCode: string;
  readonly contactNumber: string;
  readonly email: string;
  readonly address: string;
}

export interface Customer extends Row {
  readonly code: string;
  readonly name: string;
  readonly contactNumber: string | null;
}

export interface RowOf {
  categories: Category;
  products: Product;
  inventory: Stock;
  branches: Branch;
  customers: Customer;
}

export type Kind = keyof RowOf;

/** More than any shop has branches. */
const BRANCHES = 2 ** 20;

/** Rows of one product lie side by side, in the order of their branches. */
export function stockId(productId: number, branchId: number): number {
  return productId * BRANCHES + branchId;
}
