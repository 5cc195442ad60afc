import { EmployesError } from "./errors.ts";
import type { Employes } from "./employes.ts";

export type RateLimit = (employes: Employes, token: string) => void;

/** A bucket per token, which fills at the average rate and holds one burst. */
export function createRateLimit(): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  return ({ settings: { rateLimit }, clock }, token) => {
    if (rateLimit === null) {
      buckets.clear();
      return;
    }
    const { perSecond, burst, retryAfter } = rateLimit;
    const now = clock.now();
    const bucket = buckets.get(token) ?? { left: burst, at: now };
    // The clock can be set back, which takes nothing from anybody.
    const refilled = bucket.left + (Math.max(0, now - bucket.at) / 1000) * perSecond;
    const left = Math.min(burst, refilled);
    buckets.set(token, { left: left < 1 ? left : left - 1, at: now });
    if (left >= 1) return;
    const headers: Record<string, string> =
      retryAfter === null ? {} : { "Retry-After": retryAfter };
    throw new EmployesError(429, "Too Many Requests", headers);
  };
}
