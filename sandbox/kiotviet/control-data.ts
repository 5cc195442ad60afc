import express, { type Request, type Router } from "express";
import * as z from "zod";
import { STREAMS } from "./change-log.ts";
import { applyChange, categoryPut, productPut, type ShopChange, shopChange } from "./changes.ts";
import { shopOf } from "./control-shop.ts";
import type { KiotViet } from "./kiotviet.ts";
import { stockMove } from "./product-writes.ts";
import { seedBody, touchBody } from "./recipes.ts";
import { shopState } from "./shop-state.ts";

const oneOrMany = <T>(schema: z.ZodType<T>): z.ZodType<T[]> =>
  z.union([z.array(schema), schema.transform((one) => [one])]);

const logQuery = z.object({
  since: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100_000).default(10_000),
  stream: z.enum(STREAMS).optional(),
  id: z.string().optional(),
});

/** What people do in a shop, and what it holds: no token, no quota, no count. */
export function createDataControl(kiotViet: KiotViet): Router {
  const router = express.Router();
  const act = (request: Request, changes: readonly ShopChange[]): { ids: number[] } => {
    const shop = shopOf(kiotViet, request);
    return { ids: changes.flatMap((change) => applyChange(shop, change)) };
  };
  router.post("/seed", (request, response) => {
    const shop = shopOf(kiotViet, request);
    shop.follow({ do: "seed", ...seedBody.parse(request.body ?? {}) });
    const { categories, products, branches, customers } = shop;
    const count = { categories, products, branches, customers };
    const held = Object.entries(count).map(([name, { all }]) => [name, all.length] as const);
    response.status(201).json({ ...Object.fromEntries(held), lastChange: shop.log.last });
  });
  router.post("/touch", (request, response) => {
    response.json(act(request, [{ do: "touch", ...touchBody.parse(request.body) }]));
  });
  /** Any changes, in this order. */
  router.post("/changes", (request, response) => {
    response.json(act(request, oneOrMany(shopChange).parse(request.body)));
  });
  router.post("/products", (request, response) => {
    const products = oneOrMany(productPut).parse(request.body);
    response.json(
      act(
        request,
        products.map((product) => ({ do: "putProduct", product })),
      ),
    );
  });
  router.delete("/products/:id", (request, response) => {
    response.json(act(request, [{ do: "deleteProduct", id: Number(request.params.id) }]));
  });
  router.post("/categories", (request, response) => {
    const categories = oneOrMany(categoryPut).parse(request.body);
    response.json(
      act(
        request,
        categories.map((category) => ({ do: "putCategory", category })),
      ),
    );
  });
  router.delete("/categories/:id", (request, response) => {
    response.json(act(request, [{ do: "deleteCategory", id: Number(request.params.id) }]));
  });
  router.post("/stock", (request, response) => {
    const moves = oneOrMany(stockMove).parse(request.body);
    response.json(
      act(
        request,
        moves.map((move) => ({ do: "moveStock", ...move })),
      ),
    );
  });
  addReading(router, kiotViet);
  return router;
}

function addReading(router: Router, kiotViet: KiotViet): void {
  router.get("/state", (request, response) => {
    const { settings } = kiotViet;
    const brief = request.query["brief"] === "true";
    response.json(shopState({ shop: shopOf(kiotViet, request), settings }, brief));
  });
  /** Every change there was, a part at a time: `last` is the number of the newest. */
  router.get("/log", (request, response) => {
    const { log } = shopOf(kiotViet, request);
    response.json({ changes: log.read(logQuery.parse(request.query)), last: log.last });
  });
}
