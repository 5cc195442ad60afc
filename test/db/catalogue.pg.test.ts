import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate } from "../../db/migrate.ts";
import { createDatabase } from "../../start/environment.ts";

let pool: pg.Pool;

beforeAll(async () => {
  const url = await createDatabase(
    inject("databaseUrl"),
    `catalogue_${randomUUID().replaceAll("-", "").slice(0, 16)}`,
  );
  await migrate(url);
  pool = new pg.Pool({ connectionString: url, max: 2 });
});
afterAll(() => pool.end());

const select = async (text: string): Promise<Record<string, unknown>[]> =>
  (await pool.query(text)).rows;

/** Tables without a company, and why that is right. */
const shared = ["buckets"];

test("every table is of one company, or on the short list of those that are not", async () => {
  const tables = await select(
    `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and not a.attisdropped) as owned
     from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
  );
  expect(tables.length).toBeGreaterThan(15);
  const open = tables.filter(({ forced }) => forced !== true).map(({ name }) => name);
  expect(open).toEqual(shared);
  const unowned = tables.filter(({ owned }) => owned !== true).map(({ name }) => name);
  expect(unowned.toSorted()).toEqual(["buckets", "companies"]);
});

test("every table of a company has a policy for reading and for writing", async () => {
  const lacking = await select(
    `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not exists (
       select from pg_policy p where p.polrelid = c.oid and p.polcmd = '*' and p.polqual is not null and p.polwithcheck is not null
         and 'syncline_app'::regrole = any(p.polroles))`,
  );
  expect(lacking).toEqual([]);
});

test("I20: no reference leads from one company to another's rows", async () => {
  const astray = await select(
    `select c.conname as name from pg_constraint c
     join pg_attribute a on a.attrelid = c.conrelid and a.attname = 'company_id'
     join pg_attribute b on b.attrelid = c.confrelid and b.attname = 'company_id'
     where c.contype = 'f' and not (a.attnum = any(c.conkey) and b.attnum = any(c.confkey))`,
  );
  expect(astray).toEqual([]);
});

test("the working roles cannot go round row-level security, and own no table", async () => {
  const roles = await select(
    `select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin as strong from pg_roles where rolname like 'syncline\\_%'`,
  );
  expect(roles.toSorted()).toHaveLength(2);
  expect(roles.filter(({ strong }) => strong)).toEqual([]);
  expect(
    await select(
      `select relname from pg_class where relkind = 'r' and relowner in (select oid from pg_roles where rolname like 'syncline\\_%')`,
    ),
  ).toEqual([]);
});

/** Schemas that are ours: views for people are not in `public` alone. */
const ours = `n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'`;

test("views ask as whoever looks, in every schema", async () => {
  const views = await select(
    `select n.nspname as schema, c.relname as name, coalesce('security_invoker=true' = any(c.reloptions), false) as invoker
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind in ('v', 'm')`,
  );
  expect(views.filter(({ invoker }) => invoker !== true)).toEqual([]);
  expect([...new Set(views.map(({ schema }) => schema))].toSorted()).toEqual([
    "employes",
    "kiotviet",
    "public",
  ]);
});

test("no view holds what is sealed, and tables of a company are in `public` alone", async () => {
  expect(
    await select(
      `select view_schema, view_name, column_name from information_schema.view_column_usage
       where view_schema in ('public', 'kiotviet', 'employes')
         and column_name in ('sealed', 'credentials', 'hash_key', 'secret', 'token', 'pending_token')`,
    ),
  ).toEqual([]);
  expect(
    await select(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
       where ${ours} and n.nspname <> 'public' and c.relkind in ('r', 'p') and a.attname = 'company_id'`,
    ),
  ).toEqual([]);
});

test("functions of another's rights have a fixed path", async () => {
  const functions = await select(
    `select proname, pg_get_userbyid(proowner) as owner, has_function_privilege('public', oid, 'execute') and prorettype <> 'trigger'::regtype as anybody
     from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
  );
  expect(functions.filter(({ owner }) => owner !== "syncline_system")).toEqual([]);
  expect(functions.filter(({ anybody }) => anybody)).toEqual([]);
  const loose = await select(
    `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
       and not exists (select from unnest(proconfig) s where s like 'search_path=%')`,
  );
  expect(loose).toEqual([]);
});

test("without a company there are no rows, and a row cannot be given to another", async () => {
  const [one, two] = [randomUUID(), randomUUID()];
  await pool.query("insert into companies (id, name) values ($1, 'one'), ($2, 'two')", [one, two]);
  await pool.query("insert into calendars (company_id, name) values ($1, 'a'), ($2, 'b')", [
    one,
    two,
  ]);
  const client = await pool.connect();
  try {
    await client.query("begin; set local role syncline_app");
    expect((await client.query("select * from calendars")).rowCount).toBe(0);
    await client.query("select set_config('app.company_id', $1, true)", [one]);
    expect((await client.query("select name from calendars")).rows).toEqual([{ name: "a" }]);
    expect((await client.query("delete from calendars where name = 'b'")).rowCount).toBe(0);
    await expect(client.query("update calendars set company_id = $1", [two])).rejects.toThrow(
      /row-level security/,
    );
    await client.query("rollback");
  } finally {
    client.release();
  }
});
