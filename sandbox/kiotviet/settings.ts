import * as z from "zod";

/** What a test can change about the pretend KiotViet while it runs. */
export const kiotVietSettings = z.strictObject({
  /** What becomes of a `pageSize` above 100: what the real one does is not known. */
  overPageSize: z.enum(["cut", "refuse"]).default("cut"),
  /** The order of a list that asks for none: by id, or the newest first. */
  defaultOrder: z.enum(["id", "newest"]).default("id"),
  /** One name for the list of removed ids everywhere, in any letter case; else each path has its own. */
  removedKey: z.string().min(1).nullish(),
  /** Whether an id that is used again is still among the removed ones. */
  reusedIds: z.enum(["forget", "keep"]).default("forget"),
  /** Fraction digits of times: seven where there is a fraction and none where not, or always so many. */
  fraction: z.enum(["natural", "0", "3", "7"]).default("natural"),
  /** A value that is not there is null, or its key is missing, or now the one and now the other. */
  absent: z.enum(["null", "missing", "mixed"]).default("null"),
  /** One category comes in `data`, or bare. */
  categoryDetail: z.enum(["data", "bare"]).default("data"),
  /** Whether the first row of customers is a summary with the id -1. */
  customerSummary: z.boolean().default(true),
  /** GETs of one shop in any hour. */
  getsPerHour: z.number().int().min(0).default(5000),
  sendRetryAfter: z.boolean().default(false),
  /** Whether one type and address may be registered twice. */
  sameWebhookTwice: z.enum(["allow", "refuse"]).default("allow"),
  /** Deletions as the guide shows them, or as the official plugin reads those of products. */
  deletionShape: z.enum(["removeId", "notifications"]).default("removeId"),
  /** What stands before the digits of a signature. */
  signatureLabel: z.enum(["sha1=", "sha256=", "none"]).default("sha1="),
  /** Whether two headers that one program reads are sent besides. */
  webhookHeaders: z.boolean().default(false),
  /** Changes within this time go out together, at most so many in one message. */
  webhookDelayMs: z.number().min(0).default(20),
  webhookBatch: z.number().int().min(1).default(50),
  webhookAnswerMs: z.number().min(1).default(5000),
  /** First pause before a failed message is sent again; it doubles each time. */
  webhookRetryMs: z.number().min(1).default(500),
  webhookAttempts: z.number().int().min(1).default(8),
});

export type KiotVietSettings = z.infer<typeof kiotVietSettings>;

export function defaultSettings(): KiotVietSettings {
  return kiotVietSettings.parse({});
}
