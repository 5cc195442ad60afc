import { createHash } from "node:crypto";
import pg from "pg";
import { newId } from "../../db/ids.ts";
import { pagesOf, type Product, type ProductTask, stampOf } from "./products.ts";

const inserts = [
  `insert into records (id, company_id, connection_id, stream, remote_id, state, version, hash, remote_updated_at)
   select id, $2, $3, 'products', remote_id, 'live', 1, decode(hash, 'hex'), updated
   from json_to_recordset($1::json) as t (id uuid, remote_id text, hash text, updated timestamptz)`,
  `insert into record_versions (record_id, version, company_id, connection_id, session_id, content, hash, first_seen_at)
   select id, 1, $2, $3, $4, content, decode(hash, 'hex'), now()
   from json_to_recordset($1::json) as t (id uuid, content jsonb, hash text)`,
  `insert into record_changes (company_id, connection_id, session_id, record_id, stream, remote_id, action, version)
   select $2, $3, $4, id, 'products', remote_id, 'created', 1
   from json_to_recordset($1::json) as t (id uuid, remote_id text)`,
] as const;

/** Rows in one set: fewer are slower, and more are no faster. */
const atOnce = 2_000;

/**
 * As fast as these tables can be filled: plain fetch, the next pages while the last set is stored, one
 * statement a table and set, one transaction, as a role that no policy binds. Nothing is compared,
 * decided or checked, and a crash loses everything.
 */
export async function productCeiling(task: ProductTask): Promise<string> {
  const client = new pg.Client({ connectionString: task.databaseUrl });
  await client.connect();
  try {
    await client.query("begin");
    const session = newId();
    let stamp = "";
    let rows: Row[] = [];
    let stored = Promise.resolve();
    for await (const page of pagesOf(task)) {
      stamp ||= stampOf(page);
      for (const product of page.data) rows.push(rowOf(product));
      if (rows.length < atOnce) continue;
      await stored;
      stored = store(client, task, session, rows);
      // What goes wrong while pages are read is thrown by the next that waits for it.
      stored.catch(() => undefined);
      rows = [];
    }
    await stored;
    await store(client, task, session, rows);
    await client.query("commit");
    return stamp;
  } finally {
    await client.end();
  }
}

type Row = ReturnType<typeof rowOf>;

async function store(
  client: pg.Client,
  { companyId, connectionId }: ProductTask,
  session: string,
  all: readonly Row[],
): Promise<void> {
  const [records, versions, changes] = inserts;
  const of = [companyId, connectionId];
  const record = all.map(({ id, remote_id, hash, updated }) => ({ id, remote_id, hash, updated }));
  const version = all.map(({ id, content, hash }) => ({ id, content, hash }));
  const change = all.map(({ id, remote_id }) => ({ id, remote_id }));
  await client.query(records, [JSON.stringify(record), ...of]);
  await client.query(versions, [JSON.stringify(version), ...of, session]);
  await client.query(changes, [JSON.stringify(change), ...of, session]);
}

const fields = [
  "code",
  "barCode",
  "name",
  "fullName",
  "description",
  "categoryId",
  "tradeMarkId",
  "tradeMarkName",
  "allowsSale",
  "isActive",
  "hasVariants",
  "type",
  "unit",
  "masterUnitId",
  "masterProductId",
  "conversionValue",
  "basePrice",
  "weight",
  "taxType",
  "taxRate",
  "attributes",
] as const;

function rowOf(product: Product) {
  const content: Record<string, unknown> = {};
  for (const field of fields) content[field] = product[field] ?? null;
  content["images"] = product.images.map(({ Image }) => Image);
  const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32);
  const updated = `${product.modifiedDate ?? product.createdDate}+07:00`;
  return { id: newId(), remote_id: String(product.id), content, hash, updated };
}
