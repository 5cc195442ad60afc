import type { Request } from "express";
import type * as z from "zod";
import { localText } from "./dates.ts";
import { invalid, notFound } from "./errors.ts";
import type { KiotViet } from "./kiotviet.ts";
import type { Query } from "./query.ts";
import type { Shop } from "./shop.ts";
import type { Showing } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

/** One authenticated call. */
export interface Call extends Showing {
  readonly kiotViet: KiotViet;
  readonly shop: Shop;
  readonly query: Query;
  readonly body: unknown;
  readonly request: Request;
}

export interface Operation {
  readonly id: string;
  readonly verb: "get" | "post" | "put" | "delete";
  /** Path under the base address, as Express writes parameters. */
  readonly path: string;
  readonly run: (call: Call) => Json;
}

export const DELETED = { message: "Xóa dữ liệu thành công" };
export const UPDATED = { message: "Cập nhật dữ liệu thành công" };

export function idParameter({ request }: Call): number {
  const text = String(request.params["id"]);
  if (!/^\d{1,15}$/.test(text)) throw notFound("Dữ liệu");
  return Number(text);
}

/** The body as its schema has it. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw invalid(`${issue?.path.join(".") ?? ""} không hợp lệ: ${issue?.message ?? ""}`);
}

export function timestamp({ shop, settings }: Call): string {
  return localText(shop.now(), settings.fraction);
}

/** Ids removed since; every page of a list names them all. */
export function removedSince(
  { settings }: Call,
  removed: ReadonlyMap<number, number>,
  usualKey: string,
  from: number | undefined,
): JsonObject {
  const ids: number[] = [];
  if (from !== undefined) for (const [id, at] of removed) if (at >= from) ids.push(id);
  return { [settings.removedKey ?? usualKey]: ids };
}
