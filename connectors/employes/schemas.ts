import { z } from "zod";

/**
 * The shapes of answers around the rows; what stands in a row is read by `mapping.ts`. All shapes were
 * seen in public code, not in the reference itself (reference: its head, and 4, 6, 8).
 */
export type Row = Readonly<Record<string, unknown>>;

/** `{"message"}`, seen (reference: 8). */
export const failureSchema = z.object({ message: z.string() });

const count = z.int().min(0).nullish().catch(null);

/** `data` must be there: an answer without it must not pass for an empty list. */
export const envelopeSchema = z.object({
  data: z.array(z.unknown()),
  total: count,
  pages: count,
});

/** An id is a UUID (seen; reference: 5). */
export const idSchema = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .transform((id) => id.toLowerCase());

/** What a company shows of itself is assumed; the path alone is known (reference: 3). */
export const companySchema = z.object({ id: idSchema, name: z.string().nullish().catch(null) });

export function idOf(value: unknown): string | null {
  return idSchema.safeParse(value).data ?? null;
}

/** An object's fields; anything else has none. */
export function fieldsOf(value: unknown): Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : {};
}
