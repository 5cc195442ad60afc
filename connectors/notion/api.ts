import type { Client } from "@notionhq/client";
import type { z } from "zod";
import type { OpenConnection } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import { type HttpAnswer, parseJson } from "../http.ts";
import { type Access, type Call, type Invoke, perform } from "./call.ts";
import {
  type Database,
  databaseSchema,
  type DataSource,
  dataSourceSchema,
  propertyItemsSchema,
  type QueryAnswer,
  querySchema,
  type Runs,
  runSchema,
  searchSchema,
} from "./schemas.ts";

type QueryBody = Omit<Parameters<Client["dataSources"]["query"]>[0], "data_source_id">;
export type PageBody = Pick<
  NonNullable<Parameters<Client["pages"]["update"]>[0]>,
  "properties" | "in_trash"
>;
type NewColumns = NonNullable<Parameters<Client["dataSources"]["update"]>[0]["properties"]>;

export type Api = ReturnType<typeof createApi>;

/** The calls that one connection makes: each is one request, and shapes are checked, meaning is not. */
export function createApi(access: Access, connection: OpenConnection) {
  const answered = (call: Call, signal: AbortSignal, invoke: Invoke) =>
    perform(access, connection, call, signal, invoke);

  return {
    async dataSource(id: string, signal: AbortSignal): Promise<DataSource> {
      const call: Call = { name: "dataSources.retrieve", phase: "table" };
      const answer = await answered(call, signal, ({ dataSources }) =>
        dataSources.retrieve({ data_source_id: id }),
      );
      return shaped(dataSourceSchema, answer, call.name);
    },

    async addColumns(id: string, columns: NewColumns, signal: AbortSignal): Promise<DataSource> {
      const call: Call = { name: "dataSources.update", phase: "table" };
      const answer = await answered(call, signal, ({ dataSources }) =>
        dataSources.update({ data_source_id: id, properties: columns }),
      );
      return shaped(dataSourceSchema, answer, call.name);
    },

    async database(id: string, signal: AbortSignal): Promise<Database> {
      const call: Call = { name: "databases.retrieve", phase: "table" };
      const answer = await answered(call, signal, ({ databases }) =>
        databases.retrieve({ database_id: id }),
      );
      return shaped(databaseSchema, answer, call.name);
    },

    /** One page of rows, and the headers it came with. */
    async query(
      id: string,
      body: QueryBody,
      signal: AbortSignal,
    ): Promise<{ rows: QueryAnswer; answer: HttpAnswer }> {
      const phase = body.start_cursor ? "query-by-cursor" : "query";
      const call: Call = { name: "dataSources.query", phase };
      const answer = await answered(call, signal, ({ dataSources }) =>
        dataSources.query({ data_source_id: id, ...body }),
      );
      return { rows: shaped(querySchema, answer, call.name), answer };
    },

    async page(id: string, properties: string[], signal: AbortSignal): Promise<unknown> {
      const call: Call = { name: "pages.retrieve", phase: "read" };
      const answer = await answered(call, signal, ({ pages }) =>
        pages.retrieve({ page_id: id, filter_properties: properties }),
      );
      return parseJson(answer, call.name);
    },

    async createPage(
      dataSourceId: string,
      properties: NonNullable<PageBody["properties"]>,
      signal: AbortSignal,
    ): Promise<unknown> {
      const call: Call = { name: "pages.create", phase: "create" };
      const parent = { type: "data_source_id", data_source_id: dataSourceId } as const;
      const answer = await answered(call, signal, ({ pages }) =>
        pages.create({ parent, properties }),
      );
      return parseJson(answer, call.name);
    },

    async updatePage(id: string, body: PageBody, signal: AbortSignal): Promise<unknown> {
      const call: Call = { name: "pages.update", phase: "update" };
      const answer = await answered(call, signal, ({ pages }) =>
        pages.update({ page_id: id, ...body }),
      );
      return parseJson(answer, call.name);
    },

    /** All of a text, of which a page shows only the first references (reference: Page property item). */
    async runs(pageId: string, propertyId: string, signal: AbortSignal): Promise<Runs> {
      const call: Call = { name: "pages.properties.retrieve", phase: "read" };
      return walked(call.name, async (cursor) => {
        const answer = await answered(call, signal, ({ pages }) =>
          pages.properties.retrieve({
            page_id: pageId,
            property_id: propertyId,
            page_size: 100,
            ...(cursor !== null && { start_cursor: cursor }),
          }),
        );
        const page = shaped(propertyItemsSchema, answer, call.name);
        const results = page.results.map((one) => {
          const run = runSchema.safeParse(one.title ?? one.rich_text);
          if (run.success) return run.data;
          throw new InvalidResponse(`${call.name}: an entry is no text`);
        });
        return { ...page, results };
      });
    },

    /** Every data source that was shared, as far as the search knows them; each in a shape of its own. */
    dataSources(signal: AbortSignal): Promise<unknown[]> {
      const call: Call = { name: "search", phase: "search" };
      return walked(call.name, async (cursor) => {
        const answer = await answered(call, signal, (client) =>
          client.search({
            filter: { property: "object", value: "data_source" },
            page_size: 100,
            ...(cursor !== null && { start_cursor: cursor }),
          }),
        );
        return shaped(searchSchema, answer, call.name);
      });
    },
  };
}

interface Listed<T> {
  results: T[];
  has_more: boolean;
  next_cursor?: string | null | undefined;
}

/** All entries of a list that comes in pages. @throws InvalidResponse where it goes in circles */
async function walked<T>(
  name: string,
  page: (cursor: string | null) => Promise<Listed<T>>,
): Promise<T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  for (let cursor: string | null = null; ;) {
    const listed: Listed<T> = await page(cursor);
    all.push(...listed.results);
    cursor = listed.next_cursor ?? null;
    if (!listed.has_more) return all;
    if (cursor === null || seen.has(cursor))
      throw new InvalidResponse(`${name}: there is more, but no cursor leads there`);
    seen.add(cursor);
  }
}

function shaped<Schema extends z.ZodType>(
  schema: Schema,
  answer: HttpAnswer,
  name: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(parseJson(answer, name));
  if (parsed.success) return parsed.data;
  const at = String(parsed.error.issues[0]?.path[0] ?? "the top");
  throw new InvalidResponse(`${name}: unexpected shape at ${at}`);
}
