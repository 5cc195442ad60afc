import type { Fault } from "../google.ts";

/** What a provider does to us on bad days, for one calendar: before the call is applied, and after. */
export function faultsOf(calendar: string): Fault[] {
  const events = `/calendars/${calendar}/events`;
  const any = { path: events };
  const on = (method: string, query?: string) => ({
    method,
    path: events,
    ...(query && { query }),
  });
  const after = { phase: "after" } as const;
  return [
    { match: on("POST"), ...after, kind: "timeout", delayMs: 150 },
    { match: on("POST"), ...after, status: 503 },
    { match: on("POST"), ...after, kind: "reset" },
    { match: on("POST"), status: 409, reason: "duplicate" },
    { match: on("POST"), status: 500, times: 2 },
    { match: on("PATCH"), ...after, kind: "timeout", delayMs: 150 },
    { match: on("PATCH"), ...after, status: 500, times: 2 },
    { match: on("PATCH"), ...after, kind: "body", body: "truncated" },
    { match: on("PATCH"), status: 412, reason: "conditionNotMet", times: 2 },
    { match: on("PATCH"), kind: "reset" },
    { match: on("DELETE"), ...after, status: 503 },
    { match: on("DELETE"), ...after, kind: "reset" },
    { match: on("DELETE"), status: 412, reason: "conditionNotMet" },
    { match: on("DELETE"), status: 500 },
    { match: on("GET", "syncToken"), status: 410, reason: "fullSyncRequired" },
    { match: on("GET", "pageToken"), status: 410, reason: "fullSyncRequired" },
    { match: on("GET"), status: 503 },
    { match: on("GET"), kind: "body", body: "html" },
    { match: on("GET"), kind: "body", body: "truncated", phase: "after" },
    { match: on("GET"), kind: "delay", delayMs: 200, times: 3 },
    { match: any, status: 429, reason: "rateLimitExceeded", headers: { "Retry-After": "1" } },
    { match: any, status: 403, reason: "userRateLimitExceeded", headers: { "Retry-After": "1" } },
    { match: any, kind: "reset", times: 2 },
  ];
}
