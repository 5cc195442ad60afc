import type { Response } from "express";
import { rateLimited } from "./errors.ts";
import type { Notion } from "./notion.ts";

export type RateLimit = (notion: Notion, token: string, response: Response) => void;

/** A bucket per token: it fills at the average rate and holds one burst. */
export function createRateLimit(): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  return (notion, token, response) => {
    const limit = notion.settings.rateLimit;
    if (limit === undefined || limit === null) {
      buckets.clear();
      return;
    }
    const now = notion.clock.now();
    const bucket = buckets.get(token) ?? { left: limit.burst, at: now };
    const refilled = bucket.left + ((now - bucket.at) / 1000) * limit.perSecond;
    const left = Math.min(limit.burst, refilled);
    buckets.set(token, { left: left < 1 ? left : left - 1, at: now });
    if (left >= 1) return;
    response.set("Retry-After", limit.retryAfter);
    throw rateLimited(limit.reason);
  };
}
