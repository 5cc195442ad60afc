import { describe, expect, test } from "vitest";
import * as errors from "../../../connectors/errors.ts";
import type { HttpAnswer } from "../../../connectors/http.ts";
import { codeOf, failureOf } from "../../../connectors/notion/errors.ts";
import { phases, recoveryOf, table } from "../../../connectors/notion/recovery.ts";

function answer(
  status: number,
  code: string | null,
  headers: Record<string, string> = {},
): HttpAnswer {
  const message = "SECRET text of a page";
  const own = { object: "error", status, code, message, request_id: "made-up" };
  const text = code === null ? `<html>${message}</html>` : JSON.stringify(own);
  return { status, text, headers: new Headers(headers), sentAt: 0, receivedAt: 0 };
}

describe("each documented refusal has its recovery", () => {
  test.each([
    [400, "validation_error", "query-by-cursor", "page-lost"],
    [400, "validation_error", "query", "rejected"],
    [400, "validation_error", "create", "rejected"],
    [400, "validation_error", "update", "rejected"],
    [400, "validation_error", "read", "unavailable"],
    [400, "validation_error", "search", "unavailable"],
    [400, "invalid_json", "create", "rejected"],
    [400, "invalid_json", "query", "unavailable"],
    [400, "invalid_request_url", "read", "unavailable"],
    [400, "missing_version", "query", "unavailable"],
    [400, "seenByNobody", "update", "rejected"],
    [400, "unknown", "read", "unavailable"],
    [401, "unauthorized", "query", "unauthenticated"],
    [403, "restricted_resource", "update", "forbidden"],
    [403, "restricted_resource", "query", "forbidden"],
    [403, "unknown", "update", "unavailable"],
    [404, "object_not_found", "query", "collection-missing"],
    [404, "object_not_found", "query-by-cursor", "collection-missing"],
    [404, "object_not_found", "table", "collection-missing"],
    [404, "object_not_found", "create", "collection-missing"],
    [404, "object_not_found", "read", "missing"],
    [404, "object_not_found", "update", "missing"],
    [404, "unknown", "read", "unavailable"],
    [409, "conflict_error", "update", "unavailable"],
    [413, "validation_error", "create", "rejected"],
    [413, "unknown", "query", "unavailable"],
    [429, "rate_limited", "create", "rate-limited"],
    [429, "unknown", "query", "rate-limited"],
    [529, "service_overload", "update", "rate-limited"],
    [500, "internal_server_error", "create", "unavailable"],
    [502, "unknown", "create", "unavailable"],
    [503, "database_connection_unavailable", "query", "unavailable"],
    [504, "gateway_timeout", "update", "unavailable"],
    [522, "unknown", "update", "unavailable"],
    [302, "unknown", "update", "unavailable"],
  ] as const)("%i %s on %s is %s", (status, code, phase, recovery) => {
    expect(recoveryOf(status, code, phase)).toBe(recovery);
  });
});

test("every status, code and phase has an error, and what nobody knows is final to no read", () => {
  const codes = new Set(Object.values(table).flatMap((rules) => Object.keys(rules)));
  for (let status = 300; status < 600; status++) {
    for (const code of [...codes, "constructor", ""]) {
      for (const phase of phases) {
        const error = failureOf(answer(status, code), "pages.update", phase);
        expect(Object.values(errors).some((known) => error instanceof known)).toBe(true);
        if (codes.has(code) || status === 401 || status === 429 || status === 529) continue;
        const refused = (status === 400 || status === 413) && ["create", "update"].includes(phase);
        expect(error).toBeInstanceOf(refused ? errors.Rejected : errors.Unavailable);
      }
    }
  }
});

test("errors name the call, the status and the code, and nothing of what Notion wrote", () => {
  for (const code of ["validation_error", "has spaces in it", null]) {
    const { message } = failureOf(answer(400, code), "pages.update", "update");
    expect(message).toMatch(/^pages\.update: 400 (validation_error|unknown)$/);
  }
});

test("a limit is waited out for as long as Notion says, and for a while where it does not", () => {
  const limited = failureOf(answer(429, "rate_limited", { "retry-after": "7" }), "q", "query");
  expect(limited).toMatchObject({ retryAfterMs: 7_000 });
  const overloaded = failureOf(answer(529, "service_overload"), "q", "query");
  expect(overloaded).toBeInstanceOf(errors.RateLimited);
  expect(overloaded).toMatchObject({ retryAfterMs: 10_000 });
  const busy = failureOf(answer(503, "service_unavailable", { "retry-after": "3" }), "q", "query");
  expect(busy).toMatchObject({ retryAfterMs: 3_000 });
});

test("a code is read from Notion's own shape alone", () => {
  expect(codeOf('{"object":"error","code":"rate_limited"}')).toBe("rate_limited");
  for (const text of [
    "",
    "<html>",
    '{"code":"rate_limited"}',
    '{"object":"error","code":7}',
    "null",
  ])
    expect(codeOf(text)).toBe("unknown");
});
