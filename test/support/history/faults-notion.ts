import type { Fault } from "../google.ts";

/** What Notion does to us on bad days, for one table: before the call is applied, and after. */
export function notionFaultsOf(table: string): Fault[] {
  const query = { method: "POST", path: `/v1/data_sources/${table}/query` };
  const create = { method: "POST", path: "/v1/pages" };
  const change = { method: "PATCH", path: "/v1/pages/" };
  const read = { method: "GET", path: "/v1/pages/" };
  const after = { phase: "after" } as const;
  return [
    { match: create, ...after, kind: "timeout", delayMs: 150 },
    { match: create, ...after, status: 503 },
    { match: create, ...after, kind: "reset" },
    { match: create, status: 500, times: 2 },
    { match: create, status: 409 },
    { match: change, ...after, kind: "timeout", delayMs: 150 },
    { match: change, ...after, status: 500, times: 2 },
    { match: change, ...after, kind: "body", body: "truncated" },
    { match: change, status: 409, times: 2 },
    { match: change, kind: "reset" },
    { match: read, status: 502 },
    { match: read, kind: "body", body: "html" },
    { match: query, status: 503 },
    { match: query, status: 529, headers: { "Retry-After": "1" } },
    { match: query, kind: "body", body: "html" },
    { match: query, kind: "body", body: "truncated", phase: "after" },
    { match: query, kind: "delay", delayMs: 200, times: 3 },
    { match: query, status: 429, headers: { "Retry-After": "1" } },
    { match: change, status: 429, headers: { "Retry-After": "1" } },
    { match: { path: "/v1/" }, kind: "reset" },
  ];
}
