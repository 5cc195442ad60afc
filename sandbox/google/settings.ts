import * as z from "zod";

/** What a test can change about the pretend Google while it runs. */
export const googleSettings = z.object({
  /** The long-standing instance ids, or the opaque ones that replace them. */
  instanceIdForm: z.enum(["timestamp", "opaque"]).default("timestamp"),
  /** What a deleted event shows in lists: only its id, or all its details. */
  tombstones: z.enum(["idOnly", "details"]).default("idOnly"),
  /** Whether an update with `status: confirmed` brings a deleted event back, or is refused. */
  reviveDeleted: z.enum(["allow", "forbid"]).default("allow"),
  /** Whether a write that changes nothing counts as a change. */
  emptyWrites: z.enum(["bump", "ignore"]).default("bump"),
  /** Order of entries within a page of changes; Google promises none. */
  deltaOrder: z.enum(["log", "reversed"]).default("log"),
  pageSizeCap: z.number().int().min(1).optional(),
  /** Every page is preceded by an empty one. */
  emptyPages: z.boolean().default(false),
  rateLimit: z
    .object({
      perMinute: z.number().int().min(0),
      status: z.union([z.literal(403), z.literal(429)]).default(403),
      reason: z.string().default("rateLimitExceeded"),
      retryAfter: z.string().optional(),
    })
    .nullish(),
  tokenTtlMs: z.number().min(1).default(3_599_000),
  readLagMs: z.number().min(0).default(0),
  normalise: z.enum(["none", "trim"]).default("none"),
  /** Speed at which lists are served. */
  eventsPerSecond: z.number().min(1).nullish(),
  /** Changes within this time make one push message. */
  pushDelayMs: z.number().min(0).default(20),
  /** First pause before a failed push is sent again; it doubles each time. */
  pushRetryMs: z.number().min(1).default(500),
  pushAttempts: z.number().int().min(1).default(6),
  /** Longest life of a channel, whatever was asked. */
  channelMaxMs: z.number().min(1).default(2_592_000_000),
  updatedMinMaxAgeMs: z.number().min(1).default(2_592_000_000),
});

export type GoogleSettings = z.infer<typeof googleSettings>;

export function defaultSettings(): GoogleSettings {
  return googleSettings.parse({});
}
