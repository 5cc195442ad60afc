import pg from "pg";
import { pagesOf, type ProductTask, stampOf } from "./products.ts";

/** A plain table as such scripts have it: each product as it came. */
export const productTable = `
  create table if not exists script_products (
    id bigint primary key,
    product jsonb not null)`;

const upsert = {
  name: "upsert product",
  text: `
    insert into script_products (id, product) values ($1, $2)
    on conflict (id) do update set product = excluded.product`,
};

/**
 * The script that people have: page by page, one upsert per product, each its own transaction. In its
 * best setting: a hundred products a page (the default of 20 is five times the calls), one connection
 * that is kept, and a prepared statement.
 */
export async function productScript(task: ProductTask): Promise<string> {
  const client = new pg.Client({ connectionString: task.databaseUrl });
  await client.connect();
  let stamp = "";
  try {
    for await (const page of pagesOf(task)) {
      stamp ||= stampOf(page);
      for (const product of page.data) {
        await client.query({ ...upsert, values: [product.id, JSON.stringify(product)] });
      }
    }
    return stamp;
  } finally {
    await client.end();
  }
}
