import * as z from "zod";

/** What a test can change about the pretend Notion while it runs. */
export const notionSettings = z.strictObject({
  /** Rows that one query gives over all its pages. */
  rowCap: z.number().int().min(1).default(10_000),
  pageSizeCap: z.number().int().min(1).optional(),
  /** `created_time` and `last_edited_time` are cut to the minute, or rounded to the nearest. */
  rounding: z.enum(["cut", "nearest"]).default("cut"),
  /** Seconds of a date property are kept, or lost as in the interface. */
  dateSeconds: z.enum(["keep", "cut"]).default("keep"),
  /** Whether a write that changes nothing moves `last_edited_time`. */
  emptyWrites: z.enum(["bump", "ignore"]).default("bump"),
  /** What the limit of 25 references means for text: runs of any kind, or only mentions. */
  textReferences: z.enum(["items", "mentions"]).default("items"),
  /** What a query answers whose database is in the trash. */
  trashedDatabase: z.enum(["notFound", "empty"]).default("notFound"),
  /** Requests of one token: so many a second on average, with bursts. */
  rateLimit: z
    .strictObject({
      perSecond: z.number().min(0).default(3),
      burst: z.number().min(1).default(10),
      reason: z.string().default("public_api_request_rate_limit"),
      retryAfter: z.string().default("1"),
    })
    .nullish(),
  /** Refusals of the token endpoint come in the shape of OAuth, or in that of the API. */
  oauthErrors: z.enum(["oauth", "notion"]).default("oauth"),
  /** For so long every read gives what was before. */
  readLagMs: z.number().min(0).default(0),
  /** The same for queries and search alone. */
  queryLagMs: z.number().min(0).default(0),
  /** A walk through a query loses its cursor after so many pages. */
  cursorBreaksAfter: z.number().int().min(1).nullish(),
  /** Changes within this time make one webhook event. */
  webhookDelayMs: z.number().min(0).default(20),
  /** First pause before a failed webhook event is sent again; it doubles each time. */
  webhookRetryMs: z.number().min(1).default(500),
  webhookAttempts: z.number().int().min(1).default(8),
});

export type NotionSettings = z.infer<typeof notionSettings>;

export function defaultSettings(): NotionSettings {
  return notionSettings.parse({});
}
