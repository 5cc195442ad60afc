import express, { type Response, type Router } from "express";
import * as z from "zod";
import { createDataControl } from "./control-data.ts";
import { createWebhookControl } from "./control-webhooks.ts";
import { hookBody } from "./during.ts";
import { KiotVietError, notFound } from "./errors.ts";
import type { KiotViet } from "./kiotviet.ts";
import { kiotVietSettings } from "./settings.ts";

const shopBody = z.strictObject({
  retailer: z.string().min(1),
  clientId: z.string().min(1).optional(),
  clientSecret: z.string().min(1).optional(),
});
const secretBody = z.strictObject({ clientSecret: z.string().min(1) });
const retailerBody = z.strictObject({ shop: z.string().optional() });

/** Control of the pretend KiotViet: everything under `/kiotviet`. */
export function createKiotVietControl(kiotViet: KiotViet): Router {
  const router = express.Router();
  addShopRoutes(router, kiotViet);
  router.get("/settings", (_request, response) => void response.json(kiotViet.settings));
  router.post("/settings", (request, response) => {
    const wanted = { ...kiotViet.settings, ...(request.body as object) };
    kiotViet.settings = kiotVietSettings.parse(wanted);
    kiotViet.changed();
    response.json(kiotViet.settings);
  });
  router.get(
    "/during",
    (_request, response) => void response.json({ hooks: kiotViet.hooks.all() }),
  );
  router.post("/during", (request, response) => {
    response.status(201).json({ id: kiotViet.hooks.add(hookBody.parse(request.body)).rule.id });
  });
  router.delete("/during", (_request, response) => {
    kiotViet.hooks.clear();
    done(response);
  });
  router.use(createDataControl(kiotViet), createWebhookControl(kiotViet));
  router.use(refuse);
  return router;
}

function done(response: Response): void {
  response.json({ ok: true });
}

const refuse: express.ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof KiotVietError) response.status(error.status).json({ error: error.message });
  else next(error);
};

function addShopRoutes(router: Router, kiotViet: KiotViet): void {
  router.get("/shops", (_request, response) => {
    const now = kiotViet.clock.now();
    const shops = [...kiotViet.shops.values()].map((shop) => ({
      ...shop.credentials,
      getsInTheLastHour: kiotViet.limit.used(shop.credentials.retailer, now),
      categories: shop.categories.all.length,
      products: shop.products.all.length,
      branches: shop.branches.all.length,
      lastChange: shop.log.last,
    }));
    response.json({ shops });
  });
  router.post("/shops", (request, response) => {
    const { retailer, clientId, clientSecret } = shopBody.parse(request.body);
    const client = clientId ?? `${retailer}-client`;
    if (kiotViet.shops.has(retailer) || kiotViet.shopOfClient(client) !== undefined)
      throw new KiotVietError(409, "Taken", "There is such a shop or client already.");
    const secret = clientSecret ?? `${retailer}-secret`;
    const shop = kiotViet.addShop({ retailer, clientId: client, clientSecret: secret });
    response.status(201).json(shop.credentials);
  });
  /** A new secret ends the access of whoever has the old one. */
  router.post("/shops/:retailer/secret", (request, response) => {
    const shop = kiotViet.shops.get(request.params.retailer);
    if (shop === undefined) throw notFound("Gian hàng");
    shop.credentials.clientSecret = secretBody.parse(request.body).clientSecret;
    kiotViet.tokens.expire(shop.credentials.retailer);
    kiotViet.changed();
    response.json(shop.credentials);
  });
  /** Tokens stop working; of one shop, or of all. */
  router.post("/tokens/expire", (request, response) => {
    kiotViet.tokens.expire(retailerBody.parse(request.body ?? {}).shop);
    kiotViet.changed();
    done(response);
  });
}
