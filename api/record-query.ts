import { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { RecordFilter } from "../db/record-queries.ts";
import type { Deps } from "./deps.ts";
import { wrongQuery } from "./problems.ts";
import { namedStream, sensitiveFields } from "./record-streams.ts";
import { id, moment } from "./validation.ts";

const mostWords = 10;
const mostFields = 10;
const fieldFilter = /^where\[(\w{1,64})\]$/;
export const streamName = z
  .string()
  .regex(/^[\w.-]{1,100}$/, "is not the name of a stream")
  .meta({ description: "A stream of the connection, such as `products`" });
export const remoteId = z.string().min(1).max(500);

const filters = {
  connectionId: id.optional(),
  provider: z
    .string()
    .regex(/^[\w-]{1,64}$/, "is not the name of a provider")
    .optional()
    .meta({ description: "Instead of `connectionId`, where there is one connection of it" }),
  stream: streamName,
  state: z
    .enum(["live", "deleted", "set-aside", "any"])
    .optional()
    .meta({ description: "`live` unless it is given" }),
  parentId: remoteId.optional().meta({ description: "The remote id of what it belongs to" }),
  remoteId: remoteId.optional(),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: "Words that all stand somewhere in the content, in any case" }),
  where: z
    .record(z.string(), z.string())
    .optional()
    .meta({
      param: { style: "deepObject", explode: true },
      description: "`where[field]=value`: fields of the content that equal a value, as text",
    }),
  changedFrom: moment.optional(),
  changedTo: moment.optional(),
  asOf: moment
    .optional()
    .meta({ description: "As it was known at this moment; what was deleted by then is absent" }),
};

/** A query for records: what is named here, what `more` names, and `where[<field>]`. */
export function recordQuery<More extends z.ZodRawShape>(more: More) {
  return z.looseObject({ ...filters, ...more }).superRefine((query, context) => {
    const named = new Set([...Object.keys(filters), ...Object.keys(more)]);
    const others = Object.keys(query).filter((key) => !named.has(key));
    const unknown = others.filter((key) => !fieldFilter.test(key));
    if (unknown.length > 0)
      context.addIssue({ code: "unrecognized_keys", keys: unknown, input: query });
    for (const key of others) {
      const value: unknown = query[key];
      if (typeof value !== "string" || value.length > 500)
        context.addIssue({ code: "custom", path: [key], message: "is not one text" });
    }
    if (others.length > mostFields)
      context.addIssue({ code: "custom", path: ["where"], message: "names more than 10 fields" });
  });
}

const checked = z.looseObject(filters);
type Query = z.output<typeof checked>;

/** What a query looks for. @throws Problem when it names a connection or stream that is not there */
export async function filterOf(
  deps: Pick<Deps, "registry">,
  tx: Tx,
  query: Query,
): Promise<RecordFilter & { provider: string }> {
  const named = await namedStream(deps, tx, query);
  const { state = "live", parentId, remoteId: item, changedFrom, changedTo, asOf } = query;
  if (asOf && state === "set-aside")
    throw wrongQuery("state", "is not known of earlier moments: leave out `asOf`");
  const fields = fieldsOf(query);
  const sealed = fields.find(({ name }) => sensitiveFields(deps, named).includes(name));
  if (sealed) throw wrongQuery(`where[${sealed.name}]`, "is kept sealed: it cannot be looked for");
  const found = { state, parentId, remoteId: item, changedFrom, changedTo, asOf };
  return { ...named, ...found, fields, words: wordsOf(query.q) };
}

function fieldsOf(query: Query): { name: string; value: string }[] {
  return Object.entries(query).flatMap(([key, value]) => {
    const name = fieldFilter.exec(key)?.[1];
    return name === undefined ? [] : [{ name, value: String(value) }];
  });
}

function wordsOf(text = ""): string[] {
  const words = text.split(/\s+/u).filter(Boolean);
  if (words.length > mostWords) throw wrongQuery("q", `has more than ${mostWords} words`);
  return words;
}
