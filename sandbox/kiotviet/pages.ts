import express, { type Request, type Response, type Router } from "express";
import { KiotVietError } from "./errors.ts";
import type { KiotViet } from "./kiotviet.ts";
import { readForm, saveForm } from "./page-form.ts";
import { productsPage, rowsFragment } from "./products-page.ts";
import { deleteProduct } from "./product-writes.ts";
import type { Shop } from "./shop.ts";
import type { Shown } from "./shown.ts";
import { asString } from "../json.ts";

/** Pages on which a person works "in KiotViet" and watches changes arrive. */
export function createKiotVietPages(kiotViet: KiotViet): Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: "1mb" });
  router.get("/kiotviet", (request, response) => show(kiotViet, request, response));
  router.get("/kiotviet/page/rows", (request, response) => {
    const shop = shopOf(kiotViet, request);
    if (shop === undefined) response.status(404).end();
    else response.type("html").send(rowsFragment(shownOf(shop, request)).text);
  });
  const act = (name: string, change: (shop: Shop, request: Request) => void): void => {
    router.post(`/kiotviet/page/${name}`, form, (request, response) =>
      perform(kiotViet, request, response, change),
    );
  };
  act("save", (shop, request) => saveForm(shop, readForm(request.body)));
  act("delete", (shop, request) =>
    deleteProduct(shop, Number(readForm(request.body)["product"] ?? 0)),
  );
  return router;
}

function shopOf(kiotViet: KiotViet, request: Request): Shop | undefined {
  return kiotViet.shop(asString(request.query["shop"]));
}

function shownOf(shop: Shop, { query, body, method }: Request, problem?: string): Shown {
  const edited = method === "GET" ? query["edit"] : readForm(body)["product"];
  return {
    shop,
    search: asString(query["search"]) ?? "",
    edited: shop.products.get(Number(edited ?? 0)),
    problem,
  };
}

function show(kiotViet: KiotViet, request: Request, response: Response, problem?: string): void {
  const shop = shopOf(kiotViet, request);
  if (shop === undefined) {
    response.redirect(303, "/kiotviet");
    return;
  }
  response
    .status(problem === undefined ? 200 : 400)
    .type("html")
    .send(productsPage([...kiotViet.shops.values()], shownOf(shop, request, problem)));
}

function perform(
  kiotViet: KiotViet,
  request: Request,
  response: Response,
  change: (shop: Shop, request: Request) => void,
): void {
  const shop = shopOf(kiotViet, request);
  try {
    if (shop !== undefined) change(shop, request);
  } catch (error) {
    if (!(error instanceof KiotVietError)) throw error;
    show(kiotViet, request, response, error.message);
    return;
  }
  const search = new URLSearchParams(request.url.split("?", 2)[1]);
  response.redirect(303, `/kiotviet?${search.toString()}`);
}
