import * as z from "zod";
import { isId } from "./ids.ts";
import { type Slice, SLICE_KINDS } from "./objects.ts";
import type { Json } from "../json.ts";

/** A day; a midnight, as the API shows it, will do. */
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T|$)/)
  .transform((text) => text.slice(0, 10));

export const id = z
  .string()
  .refine(isId, "not a UUID")
  .transform((text) => text.toLowerCase());

const json = z.json() as z.ZodType<Json>;

/** Days among fields of which little is known are known by their names. */
function withDays(fields: Record<string, Json>): Record<string, Json> {
  const entries = Object.entries(fields).map(([name, value]) => {
    const isDay = name.endsWith("_date") || name === "date_of_birth";
    return [name, isDay && typeof value === "string" ? day.parse(value) : value];
  });
  return Object.fromEntries(entries) as Record<string, Json>;
}

export const looseFields = z.record(z.string(), json).transform(withDays);

const slice = looseFields.transform((fields, context): Slice => {
  const { start_date: start } = fields;
  if (typeof start === "string") return { ...fields, start_date: start };
  context.addIssue({ code: "custom", message: "a slice has a start_date" });
  return z.NEVER;
});

export const sliceKind = z.enum(SLICE_KINDS);

export const employmentBody = z.strictObject({
  id: id.optional(),
  start_date: day,
  end_date: day.nullable().default(null),
  contracts: z.array(slice).default([]),
  hours: z.array(slice).default([]),
  salary: z.array(slice).default([]),
  tax_details: z.array(slice).default([]),
});

export const STATUSES = ["pending", "active", "out of service"] as const;

/** Fields of a person. Numbers that could belong to somebody are refused: only evidently false ones are held. */
export const personBody = z
  .object({
    id: id.optional(),
    status: z.enum(STATUSES).optional(),
    yearly_wage: z.number().nullable().optional(),
    personal_identification_number: z
      .string()
      .regex(/^0{5}\d{4}$/, "only evidently false numbers, such as 000000000")
      .nullable()
      .optional(),
    iban: z
      .string()
      .regex(/^NL00TEST\d{10}$/, "only evidently false accounts, such as NL00TEST0000000000")
      .nullable()
      .optional(),
  })
  .catchall(json)
  .transform(({ id, ...fields }) => ({ id, fields: withDays(fields as Record<string, Json>) }));
