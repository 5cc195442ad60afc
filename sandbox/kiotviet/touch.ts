import { blankStock } from "./blank.ts";
import type { Product } from "./objects.ts";
import { deleteProduct } from "./product-writes.ts";
import type { TouchBody } from "./recipes.ts";
import type { Shop } from "./shop.ts";
import { createRandom } from "../random.ts";

export const TOUCHES = ["price", "name", "stock", "active", "delete"] as const;

/** Changes many products at once, each so that it is really another afterwards; the same ones for the same seed. */
export function touchProducts(shop: Shop, { products, what, seed }: TouchBody): number[] {
  const random = createRandom(seed);
  const chosen = choose(shop.products.all, products, random);
  for (const product of chosen) touch(shop, product, what, random);
  return chosen.map(({ id }) => id).sort((one, other) => one - other);
}

function choose(all: readonly Product[], count: number, random: () => number): Product[] {
  const left = [...all];
  const wanted = Math.min(count, left.length);
  for (let at = 0; at < wanted; at += 1) {
    const other = at + Math.floor(random() * (left.length - at));
    [left[at], left[other]] = [left[other] as Product, left[at] as Product];
  }
  return left.slice(0, wanted);
}

function touch(shop: Shop, product: Product, what: TouchBody["what"], random: () => number): void {
  const step = 1 + Math.floor(random() * 9);
  if (what === "stock") moveAnyStock(shop, product, step);
  else if (what === "delete") deleteProduct(shop, product.id);
  else
    shop.write("products", { ...product, ...changed(product, what, step), modifiedAt: shop.now() });
}

function changed(
  product: Product,
  what: "price" | "name" | "active",
  step: number,
): Partial<Product> {
  if (what === "price") return { basePrice: product.basePrice + step * 1000 };
  if (what === "active") return { isActive: !product.isActive };
  const [plain = "", number = "0"] = product.name.split(" số ", 2);
  return { name: `${plain} số ${Number(number) + step}` };
}

function moveAnyStock(shop: Shop, { id }: Product, step: number): void {
  const branch = shop.branches.all[0];
  const [held] = shop.stockOf(id);
  const stock = held ?? (branch === undefined ? undefined : blankStock(shop, id, branch.id));
  if (stock !== undefined)
    shop.write("inventory", { ...stock, onHand: stock.onHand + step, modifiedAt: shop.now() });
}
