import type { Random } from "./draw.ts";
import type { ShopState } from "./shop-log.ts";
import type { Once } from "./side.ts";

export interface Known extends ShopState {
  /** Ids that were deleted, to be used again. */
  gone: { products: Set<number>; categories: Set<number> };
  /** An id that nobody has had. */
  next(): number;
}

type Change = { do: string } & Record<string, unknown>;
type Draw = (known: Known, random: Random, once: Once) => Change | null;

/** Something that a person of the shop does to what nobody has touched yet; null where there is nothing. */
export function drawChange(known: Known, random: Random, once: Once): Change | null {
  return random.pick(draws)?.(known, random, once) ?? null;
}

/** Claims all that a change concerns, or nothing. */
function claim(once: Once, ...keys: string[]): boolean {
  if (keys.some((key) => once.has(key))) return false;
  for (const key of keys) once.add(key);
  return true;
}

/** The plain id stands for everything of a product: whatever is still to happen to it. */
const whole = ({ branches }: Known, id: number) => [
  `${id}`,
  `p${id}`,
  ...branches.map((branch) => `s${id}:${branch.id}`),
];

const edit: Draw = ({ products, categories }, random, once) => {
  const id = random.pick(products)?.id;
  if (id === undefined || once.has(`${id}`) || !claim(once, `p${id}`)) return null;
  const n = random.upTo(999_999);
  const edits = [
    { name: `Hàng ${n}` },
    { basePrice: n },
    { description: `Mô tả ${n}`, isActive: random.chance(0.5), isRewardPoint: random.chance(0.5) },
    { categoryId: random.pick(categories)?.categoryId ?? null },
    { attributes: [{ attributeName: "Màu", attributeValue: `số ${n}` }], unit: "hộp" },
    { images: [`https://img.example.test/${n}.jpg`], weight: n },
    { barCode: null },
  ];
  return { do: "putProduct", product: { id, ...random.pick(edits) } };
};

const stock: Draw = ({ products, branches }, random, once) => {
  const [product, branch] = [random.pick(products)?.id, random.pick(branches)?.id];
  if (product === undefined || once.has(`${product}`)) return null;
  if (!claim(once, `s${product}:${branch}`)) return null;
  const moved = random.chance(0.8) ? { by: 1 + random.upTo(50) } : { reserved: random.upTo(9) };
  return { do: "moveStock", product, branch, ...moved };
};

const make: Draw = (known, random, once) => {
  const id = known.next();
  claim(once, ...whole(known, id));
  return { do: "putProduct", product: { id, name: `Hàng mới ${id}`, basePrice: random.upTo(999) } };
};

const remove: Draw = (known, random, once) => {
  const id = random.pick(known.products)?.id;
  if (id === undefined || !claim(once, ...whole(known, id))) return null;
  known.gone.products.add(id);
  return { do: "deleteProduct", id };
};

const again: Draw = (known, random, once) => {
  const living = new Set(known.products.map(({ id }) => id));
  const id = random.pick([...known.gone.products].filter((one) => !living.has(one)));
  if (id === undefined || !claim(once, ...whole(known, id))) return null;
  return { do: "putProduct", product: { id, name: `Hàng khác ${random.upTo(999)}` } };
};

const group: Draw = (known, random, once) => {
  const id = random.chance(0.3) ? known.next() : random.pick(known.categories)?.categoryId;
  if (id === undefined || !claim(once, `${id}`)) return null;
  const parentId = random.chance(0.3) ? { parentId: null } : {};
  return {
    do: "putCategory",
    category: { id, categoryName: `Nhóm ${random.upTo(999)}`, ...parentId },
  };
};

const removeGroup: Draw = (known, random, once) => {
  const used = new Set([
    ...known.products.map(({ categoryId }) => categoryId),
    ...known.categories.map(({ parentId }) => parentId),
  ]);
  const free = known.categories.filter(({ categoryId }) => !used.has(categoryId));
  const id = random.pick(free)?.categoryId;
  if (id === undefined || !claim(once, `${id}`)) return null;
  known.gone.categories.add(id);
  return { do: "deleteCategory", id };
};

const groupAgain: Draw = (known, random, once) => {
  const living = new Set(known.categories.map(({ categoryId }) => categoryId));
  const id = random.pick([...known.gone.categories].filter((one) => !living.has(one)));
  if (id === undefined || !claim(once, `${id}`)) return null;
  return { do: "putCategory", category: { id, categoryName: `Nhóm khác ${random.upTo(999)}` } };
};

const draws = [
  edit,
  edit,
  edit,
  stock,
  stock,
  stock,
  make,
  remove,
  remove,
  again,
  group,
  removeGroup,
  groupAgain,
];
