import { pagesOf, type ProductTask, stampOf } from "./products.ts";

/** Reads and keeps nothing: what is more than this is the work of storing. */
export async function productReading(task: ProductTask): Promise<string> {
  let stamp = "";
  for await (const page of pagesOf(task)) stamp ||= stampOf(page);
  return stamp;
}
