import { describe, expect, test } from "vitest";
import * as errors from "../../../connectors/errors.ts";
import type { HttpAnswer } from "../../../connectors/http.ts";
import { failureOf, wordOf } from "../../../connectors/kiotviet/errors.ts";
import { phases, recoveryOf, table } from "../../../connectors/kiotviet/recovery.ts";

/** KiotViet's own shape, OAuth's, or that of nobody. */
function bodyOf(word: string): string {
  const message = "SECRET text";
  if (word === "unknown") return `<html>${message}</html>`;
  if (/^[a-z]+_[a-z_]+$/.test(word)) return JSON.stringify({ error: word, message });
  const errorCode = word === "other" ? "KvValidateException" : word;
  return JSON.stringify({ responseStatus: { errorCode, message, errors: [] } });
}

function answer(status: number, word: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, text: bodyOf(word), headers: new Headers(headers), sentAt: 0, receivedAt: 0 };
}

/** Every cell: status, word, and what it is in each phase. */
const cells: [number, string, Record<(typeof phases)[number], string>][] = [
  ...["invalid_client", "unauthorized_client", "invalid_grant"].flatMap((word) =>
    [400, 401].map((status): (typeof cells)[number] => [status, word, all("unauthenticated")]),
  ),
  ...["invalid_scope", "invalid_request", "unsupported_grant_type"].map(
    (word): (typeof cells)[number] => [400, word, all("forbidden")],
  ),
  [400, "TokenException", all("unauthenticated", { token: "unavailable" })],
  [400, "other", all("unavailable", { watch: "rejected" })],
  [400, "unknown", all("unavailable")],
  [401, "unknown", all("unauthenticated", { token: "unavailable" })],
  [403, "TokenException", all("forbidden")],
  [403, "other", all("forbidden")],
  [403, "unknown", all("unavailable")],
  [404, "TokenException", all("unavailable")],
  [
    404,
    "other",
    {
      token: "unavailable",
      list: "collection-missing",
      read: "missing",
      watch: "watch-unsupported",
      unwatch: "missing",
    },
  ],
  [404, "unknown", all("unavailable")],
  [429, "unknown", all("rate-limited")],
];

function all(recovery: string, special: Partial<Record<(typeof phases)[number], string>> = {}) {
  const every = Object.fromEntries(phases.map((phase) => [phase, recovery]));
  return { ...(every as Record<(typeof phases)[number], string>), ...special };
}

describe("each refusal has its recovery", () => {
  test.each(cells)("%i %s is %j", (status, word, expected) => {
    for (const phase of phases) expect(recoveryOf(status, word, phase)).toBe(expected[phase]);
  });

  test("and no cell of the table is without a test", () => {
    const held = Object.entries(table).flatMap(([status, rules]) =>
      Object.keys(rules).map((word) => `${status} ${word}`),
    );
    expect(cells.map(([status, word]) => `${status} ${word}`).sort()).toEqual(held.sort());
  });
});

test("each recovery has its error", () => {
  const names = {
    unavailable: errors.Unavailable,
    "rate-limited": errors.RateLimited,
    unauthenticated: errors.Unauthenticated,
    forbidden: errors.Forbidden,
    missing: errors.Gone,
    rejected: errors.Rejected,
    "collection-missing": errors.CollectionMissing,
    "watch-unsupported": errors.WatchUnsupported,
  };
  for (const [status, word, expected] of cells)
    for (const phase of phases)
      expect(failureOf(answer(status, word), "list /products", phase, 1)).toBeInstanceOf(
        names[expected[phase] as keyof typeof names],
      );
});

test("what nobody knows may pass: it is final to no call, and never a success (F32)", () => {
  for (let status = 300; status < 600; status++) {
    if ([401, 429].includes(status)) continue;
    for (const word of ["unknown", "constructor", "some_word"]) {
      // KiotViet's own shape has its own cells, whatever it says.
      if (word === "constructor" && [400, 403, 404].includes(status)) continue;
      for (const phase of phases)
        expect(failureOf(answer(status, word), "x", phase, 1)).toBeInstanceOf(errors.Unavailable);
    }
  }
});

test("errors name the call, the status and a known word, and nothing of what KiotViet wrote", () => {
  for (const word of ["other", "unknown", "TokenException"]) {
    const { message } = failureOf(answer(500, word), "list /products", "list", 1);
    expect(message).toBe(`list /products: 500 ${word}`);
  }
});

test.each([
  [{ "retry-after": "7" }, 7_000],
  [{ "retry-after": "0" }, 60_000],
  [{ "retry-after": "-5" }, 60_000],
  [{ "retry-after": "soon" }, 60_000],
  [{ "retry-after": "1000000000" }, 3_600_000],
  [{}, 60_000],
] as [Record<string, string>, number][])(
  "a limit with %j is waited out for %i ms (F31)",
  (headers, retryAfterMs) => {
    const limited = failureOf(answer(429, "unknown", headers), "x", "list", 60_000);
    expect(limited).toMatchObject({ retryAfterMs });
  },
);

test("being down for a while is waited out for as long as KiotViet says", () => {
  const busy = failureOf(answer(503, "unknown", { "retry-after": "3" }), "x", "list", 1);
  expect(busy).toMatchObject({ retryAfterMs: 3_000 });
});

test("a word is read in any letter case of its key, and from known shapes alone", () => {
  expect(wordOf('{"ResponseStatus":{"ErrorCode":"TokenException"}}')).toBe("TokenException");
  expect(wordOf('{"error":"invalid_client"}')).toBe("invalid_client");
  for (const text of ["", "<html>", "null", "[]", '{"responseStatus":7}', '{"error":"SECRET 1"}'])
    expect(wordOf(text)).toBe("unknown");
});
