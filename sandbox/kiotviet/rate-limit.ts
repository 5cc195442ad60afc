import type { Response } from "express";
import { tooMany } from "./errors.ts";
import type { KiotVietSettings } from "./settings.ts";

const HOUR_MS = 3_600_000;

/** GETs of each shop within the last hour. */
export class RateLimit {
  readonly #times = new Map<string, number[]>();

  /** Counts a GET, or refuses it: what is refused is not counted. */
  take(retailer: string, now: number, settings: KiotVietSettings, response: Response): void {
    const times = (this.#times.get(retailer) ?? []).filter((at) => at > now - HOUR_MS && at <= now);
    this.#times.set(retailer, times);
    if (times.length < settings.getsPerHour) {
      times.push(now);
      return;
    }
    const free = (times[0] ?? now) + HOUR_MS - now;
    if (settings.sendRetryAfter) response.set("Retry-After", String(Math.ceil(free / 1000)));
    throw tooMany();
  }

  used(retailer: string, now: number): number {
    return (this.#times.get(retailer) ?? []).filter((at) => at > now - HOUR_MS).length;
  }

  clear(): void {
    this.#times.clear();
  }
}
