import type { Request } from "express";
import { notFound } from "./errors.ts";
import type { KiotViet } from "./kiotviet.ts";
import type { Shop } from "./shop.ts";

/** The shop that `?shop=` names, or the first. */
export function shopOf(kiotViet: KiotViet, request: Request): Shop {
  const named = request.query["shop"];
  const shop = kiotViet.shop(typeof named === "string" ? named : undefined);
  if (shop === undefined) throw notFound("Gian hàng");
  return shop;
}
