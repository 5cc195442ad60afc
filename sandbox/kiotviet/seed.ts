import {
  blankBranch,
  blankCategory,
  blankCustomer,
  blankProduct,
  blankStock,
  nextCode,
} from "./blank.ts";
import type { Branch, Category } from "./objects.ts";
import { GROUPS, KINDS, MAKERS, SENTENCES, SIZES, THINGS, UNITS } from "./seed-words.ts";
import type { SeedBody } from "./recipes.ts";
import type { Shop } from "./shop.ts";
import { createRandom } from "../random.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

type Random = () => number;

/** Fills a shop with invented goods, the same for the same seed. */
export function seedShop(shop: Shop, wanted: SeedBody): void {
  const random = createRandom(wanted.seed);
  const times = { random, now: shop.now(), fresh: wanted.fresh };
  for (let at = shop.branches.all.length; at < wanted.branches; at += 1)
    shop.write("branches", blankBranch(shop, `Chi nhánh ${at + 1}`));
  for (let at = 0; at < wanted.categories; at += 1)
    shop.write("categories", {
      ...seedCategory(shop, at, random),
      ...lived(times, at / wanted.categories),
    });
  for (let at = 0; at < wanted.customers; at += 1)
    shop.write("customers", blankCustomer(shop, `Khách hàng ${at + 1}`));
  const around = { random, descriptions: describe(random), branches: shop.branches.all };
  for (let at = 0; at < wanted.products; at += 1)
    seedProduct(shop, around, lived(times, at / wanted.products));
}

interface Lived {
  readonly createdAt: number;
  readonly modifiedAt: number | null;
}

/** Rows came one after another over a year; two of five were never changed since. */
function lived(
  { random, now, fresh }: { random: Random; now: number; fresh: boolean },
  share: number,
): Lived {
  if (fresh) return { createdAt: now, modifiedAt: null };
  const createdAt = Math.floor(now - YEAR_MS + share * (YEAR_MS - DAY_MS));
  const changed = random() < 0.6;
  const after = Math.floor(random() * (now - DAY_MS / 24 - createdAt));
  return { createdAt, modifiedAt: changed ? createdAt + after : null };
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** A third of the categories are at the top, and none lies deeper than the third level. */
function seedCategory(shop: Shop, at: number, random: Random): Category {
  const made = shop.categories.all;
  const parent = at % 3 === 0 || made.length === 0 ? undefined : pick(random, made);
  const above = parent === undefined ? null : shop.categories.get(parent.parentId ?? 0);
  const tooDeep = above?.parentId !== null && above?.parentId !== undefined;
  return {
    ...blankCategory(shop),
    categoryName: `${GROUPS[at % GROUPS.length]} ${Math.floor(at / GROUPS.length) + 1}`,
    parentId: parent === undefined || tooDeep ? null : parent.id,
  };
}

/** Few texts for many products: each is held once. */
function describe(random: Random): string[] {
  return Array.from({ length: 50 }, () => [0, 1, 2].map(() => pick(random, SENTENCES)).join(" "));
}

interface Around {
  readonly random: Random;
  readonly descriptions: readonly string[];
  readonly branches: readonly Branch[];
}

function seedProduct(shop: Shop, { random, descriptions, branches }: Around, times: Lived): void {
  const blank = blankProduct(shop);
  const { id } = blank;
  const maker = Math.floor(random() * MAKERS.length);
  const basePrice = (5 + Math.floor(random() * 500)) * 1000;
  const categories = shop.categories.all;
  shop.write("products", {
    ...blank,
    ...times,
    code: nextCode(shop, id),
    barCode: `893${String(id).padStart(10, "0")}`,
    name: `${pick(random, THINGS)} ${pick(random, KINDS)} ${pick(random, SIZES)}`,
    description: pick(random, descriptions),
    categoryId: categories.length === 0 ? null : pick(random, categories).id,
    tradeMarkId: maker + 1,
    tradeMarkName: MAKERS[maker] ?? null,
    isActive: random() < 0.97,
    isRewardPoint: random() < 0.5,
    unit: pick(random, UNITS),
    basePrice,
    weight: 50 + Math.floor(random() * 40) * 25,
    images: [`https://img.example.test/${id}.jpg`],
  });
  for (const { id: branchId } of branches)
    shop.write("inventory", {
      ...blankStock(shop, id, branchId),
      createdAt: times.createdAt,
      onHand: Math.floor(random() * 200),
      reserved: random() < 0.2 ? 1 + Math.floor(random() * 5) : 0,
      cost: Math.floor(basePrice * 0.7),
    });
}
