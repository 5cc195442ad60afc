import { z } from "zod";

/**
 * The shapes of answers, as far as the connector reads them (reference: Page, Property values, Data
 * source, Database). Unknown properties pass; what is read must be right.
 */
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
const time = z.iso.datetime({ offset: true });

const runsSchema = z.array(z.object({ plain_text: z.string() }));
export type Runs = z.infer<typeof runsSchema>;

const dateSchema = z.object({
  start: z.string(),
  end: z.string().nullish(),
  time_zone: z.string().nullish(),
});
export type NotionDate = z.infer<typeof dateSchema>;

/** A value of any type; those that are read have a schema of their own. */
const valueSchema = z.looseObject({ id: z.string(), type: z.string() });
export const titleValue = z.object({ title: runsSchema });
export const textValue = z.object({ rich_text: runsSchema });
export const dateValue = z.object({ date: dateSchema.nullable() });

const trashed = { in_trash: z.boolean().nullish(), archived: z.boolean().nullish() };

export const pageSchema = z.object({
  object: z.literal("page"),
  id: uuid,
  created_time: time,
  last_edited_time: time,
  ...trashed,
  parent: z.looseObject({ type: z.string(), data_source_id: z.string().nullish() }),
  properties: z.record(z.string(), valueSchema),
});
export type NotionPage = z.infer<typeof pageSchema>;

/** The least that a row needs to be named at all, be it only to be set aside. */
export const namedSchema = z.object({
  object: z.string(),
  id: uuid,
  created_time: time.nullish().catch(null),
  last_edited_time: time.nullish().catch(null),
});

const paged = {
  has_more: z.boolean(),
  next_cursor: z.string().min(1).nullish(),
};

/** `results` must be there: an answer without it must not pass for an empty table. */
export const querySchema = z.object({
  results: z.array(z.unknown()),
  ...paged,
  request_status: z.object({ type: z.string() }).nullish(),
});
export type QueryAnswer = z.infer<typeof querySchema>;

/** A page of one property's text. */
export const propertyItemsSchema = z.object({
  results: z.array(
    z.looseObject({ title: z.unknown().optional(), rich_text: z.unknown().optional() }),
  ),
  ...paged,
});
export const runSchema = runsSchema.element;

const columnSchema = z.object({ id: z.string().min(1), name: z.string(), type: z.string() });
export type Column = z.infer<typeof columnSchema>;

export const dataSourceSchema = z.object({
  object: z.literal("data_source"),
  id: uuid,
  title: runsSchema,
  ...trashed,
  parent: z.looseObject({ type: z.string(), database_id: uuid.nullish() }),
  properties: z.record(z.string(), columnSchema),
});
export type DataSource = z.infer<typeof dataSourceSchema>;

export const databaseSchema = z.object({
  object: z.literal("database"),
  id: uuid,
  title: runsSchema,
  ...trashed,
  data_sources: z.array(z.object({ id: uuid, name: z.string() })),
});
export type Database = z.infer<typeof databaseSchema>;

export const searchSchema = z.object({ results: z.array(z.unknown()), ...paged });

/** Newer versions of the API say `in_trash`, older ones `archived`. */
export function isTrashed(held: {
  in_trash?: boolean | null | undefined;
  archived?: boolean | null | undefined;
}): boolean {
  return held.in_trash ?? held.archived ?? false;
}

/** Notion's own error, of every call. */
export const failureSchema = z.object({ object: z.literal("error"), code: z.string() });
