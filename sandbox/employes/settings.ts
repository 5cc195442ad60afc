import * as z from "zod";

/** What a test can change about the pretend Employes while it runs. */
export const employesSettings = z.strictObject({
  /** Lists of companies and of employees: in an envelope, or as a bare array. */
  lists: z.enum(["wrapped", "bare"]).default("wrapped"),
  /** The same for the employments of a person. */
  employments: z.enum(["bare", "wrapped"]).default("bare"),
  /** Whose entry in the list lacks `employment`: always the same quarter, or another one at each call. */
  withoutEmployment: z.enum(["quarter", "flicker", "none", "all"]).default("quarter"),
  /** Requests of one token; null is no limit. Whether a refusal says how long to wait is not known. */
  rateLimit: z
    .strictObject({
      perSecond: z.number().positive().default(5),
      burst: z.number().min(1).default(5),
      retryAfter: z.string().nullable().default(null),
    })
    .nullable()
    .default({ perSecond: 5, burst: 5, retryAfter: null }),
  /** How long the list of employees takes to answer. */
  listDelayMs: z.number().min(0).default(0),
  /** Whether `dt_update` of a person moves when only an employment has changed. */
  employmentsTouch: z.boolean().default(false),
});

export type EmployesSettings = z.infer<typeof employesSettings>;

export function defaultSettings(): EmployesSettings {
  return employesSettings.parse({});
}

/** What is wrong with the list of employees for a while. */
export const listTrouble = z.strictObject({
  /** So many readings to come find nobody, and succeed. */
  emptyTimes: z.number().int().min(0).default(0),
  /** A page that fails, and how often. */
  fail: z
    .strictObject({
      page: z.number().int().min(1),
      times: z.number().int().min(1).default(1),
      status: z.number().int().min(400).max(599).default(500),
    })
    .nullable()
    .default(null),
  /** So many at the end are counted in `total`, and never delivered. */
  dropped: z.number().int().min(0).default(0),
});

export type ListTrouble = z.infer<typeof listTrouble>;

export function noListTrouble(): ListTrouble {
  return listTrouble.parse({});
}
