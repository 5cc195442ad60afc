import { z } from "zod";

const place = z.object({
  id: z.string().max(64).nullish(),
  type: z.string().max(64).nullish(),
  data_source_id: z.string().max(64).nullish(),
});
const signal = z.object({
  type: z.string().max(200),
  entity: place,
  data: z.object({ parent: place.nullish() }).nullish(),
});

/**
 * The databases and data sources that a signal of Notion's names, by id; null where it does not tell,
 * as when a page was moved away from where it was: then it may concern any.
 */
export function collectionsNamed(body: unknown): string[] | null {
  const { success, data } = signal.safeParse(body);
  if (!success || data.type.endsWith(".moved")) return null;
  const named = [data.entity, data.data?.parent].flatMap((at) => [
    at?.type === "database" || at?.type === "data_source" ? at.id : null,
    at?.data_source_id,
  ]);
  const ids = named.filter((id) => id != null);
  return ids.length > 0 ? ids : null;
}
