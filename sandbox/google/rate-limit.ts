import type { Response } from "express";
import { GoogleError } from "./errors.ts";
import type { Google } from "./google.ts";

const MINUTE_MS = 60_000;

export type RateLimit = (google: Google, email: string, response: Response) => void;

/** A sliding minute per user; a PATCH costs three units. */
export function createRateLimit(): RateLimit {
  const spent = new Map<string, { at: number; units: number }[]>();
  return (google, email, response) => {
    const limit = google.settings.rateLimit;
    if (limit === undefined || limit === null) return;
    const now = google.clock.now();
    const recent = (spent.get(email) ?? []).filter((call) => call.at > now - MINUTE_MS);
    const units = response.req.method === "PATCH" ? 3 : 1;
    const used = recent.reduce((sum, call) => sum + call.units, 0);
    if (used + units > limit.perMinute) {
      if (limit.retryAfter !== undefined) response.set("Retry-After", limit.retryAfter);
      spent.set(email, recent);
      throw new GoogleError(limit.status, "usageLimits", limit.reason, limitMessage(limit.reason));
    }
    spent.set(email, [...recent, { at: now, units }]);
  };
}

function limitMessage(reason: string): string {
  if (reason === "quotaExceeded") return "Calendar usage limits exceeded.";
  return reason === "userRateLimitExceeded" ? "User Rate Limit Exceeded" : "Rate Limit Exceeded";
}
