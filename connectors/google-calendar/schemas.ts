import { z } from "zod";

/**
 * The shapes of answers, as far as the connector reads them (reference: Events, CalendarList,
 * Channel). Unknown properties and new event types pass; what is read must be right.
 */
const text = z.string().nullish();

/** Google's ids have some thousand characters at most (reference: Events, `id`); no index holds much more. */
const idSchema = z.string().refine((id) => Buffer.byteLength(id) <= 2_048);

const timeSchema = z.object({ date: text, dateTime: text, timeZone: text });

export const eventSchema = z.object({
  id: z.string(),
  etag: text,
  status: z.enum(["confirmed", "tentative", "cancelled"]).nullish(),
  updated: text,
  summary: text,
  description: text,
  location: text,
  start: timeSchema.nullish(),
  end: timeSchema.nullish(),
  recurrence: z.array(z.string()).nullish(),
  recurringEventId: idSchema.nullish(),
  originalStartTime: timeSchema.nullish(),
  extendedProperties: z
    .object({ private: z.record(z.string(), z.unknown()).nullish() })
    .nullish()
    .catch(null),
});
export type GoogleEvent = z.infer<typeof eventSchema>;

/** The least that an entry needs to be named at all, be it only to be set aside. */
export const namedSchema = z.object({
  // Postgres takes neither NUL nor half a surrogate pair, and an id is not ours to repair. Dots alone
  // would turn the address of an event into that of its calendar.
  id: idSchema.regex(/^(?!\.{1,2}$)[^\0\p{Surrogate}]+$/u),
  etag: z.string().nullish().catch(null),
  updated: z.string().nullish().catch(null),
});

/** `items` must be there: a listing without it must not pass for an empty calendar. */
export const listingSchema = z.object({
  items: z.array(z.unknown()),
  timeZone: z.string().nullish(),
  nextPageToken: z.string().min(1).nullish(),
  nextSyncToken: z.string().min(1).nullish(),
});
export type Listing = z.infer<typeof listingSchema>;

export const calendarListSchema = z.object({
  items: z.array(
    z.object({
      id: z.string().min(1),
      summary: text,
      summaryOverride: text,
      timeZone: text,
      accessRole: text,
      primary: z.boolean().nullish(),
      deleted: z.boolean().nullish(),
    }),
  ),
  nextPageToken: z.string().min(1).nullish(),
});

/** An int64 is a string in JSON by the schema, yet a sample of the push guide shows a number. */
export const channelSchema = z.object({
  resourceId: z.string().min(1),
  expiration: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,16}$/)
        .transform(Number),
    ])
    .nullish(),
});

/** The error shape of every Calendar call (guide: Handle API errors). */
export const failureSchema = z.object({
  error: z.object({
    errors: z
      .array(z.object({ reason: z.string().nullish() }))
      .nullish()
      .catch(null),
  }),
});
