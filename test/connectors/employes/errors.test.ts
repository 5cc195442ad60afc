import { describe, expect, test } from "vitest";
import { failureOf, wordOf } from "../../../connectors/employes/errors.ts";
import { phases, recoveryOf, table } from "../../../connectors/employes/recovery.ts";
import * as errors from "../../../connectors/errors.ts";
import type { HttpAnswer } from "../../../connectors/http.ts";

const bodies: Record<string, string> = {
  gateway: JSON.stringify({
    message:
      "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'SECRET='.",
  }),
  own: JSON.stringify({ message: "SECRET text about Sanne" }),
  unknown: "<html>SECRET</html>",
};

function answer(status: number, word: string, headers: Record<string, string> = {}): HttpAnswer {
  const text = bodies[word] ?? "";
  return { status, text, headers: new Headers(headers), sentAt: 0, receivedAt: 0 };
}

type ByPhase = Record<(typeof phases)[number], string>;
const all = (recovery: string, special: Partial<ByPhase> = {}) => ({
  ...(Object.fromEntries(phases.map((phase) => [phase, recovery])) as ByPhase),
  ...special,
});
const aside = all("rejected", { item: "unavailable", employments: "unavailable" });
const missing = all("missing", {
  companies: "unavailable",
  company: "collection-missing",
  list: "collection-missing",
});

/** Every cell: status, word, and what it is in each phase. */
const cells: [number, string, ByPhase][] = [
  [400, "own", aside],
  [400, "unknown", all("unavailable")],
  [401, "unknown", all("unauthenticated")],
  [403, "gateway", all("forbidden")],
  [403, "own", all("forbidden")],
  [403, "unknown", all("unavailable")],
  [404, "own", missing],
  [404, "unknown", all("unavailable")],
  [422, "own", aside],
  [422, "unknown", all("unavailable")],
  [429, "unknown", all("rate-limited")],
  [500, "unknown", all("unavailable")],
  [502, "unknown", all("unavailable")],
  [503, "unknown", all("unavailable")],
  [504, "unknown", all("unavailable")],
];

describe("each refusal has its recovery", () => {
  test.each(cells)("%i %s is %j", (status, word, expected) => {
    for (const phase of phases) expect(recoveryOf(status, word, phase)).toBe(expected[phase]);
  });

  test("and no cell of the table is without its test", () => {
    const written = Object.entries(table).flatMap(([status, rules]) =>
      Object.keys(rules).map((word) => `${status} ${word}`),
    );
    expect(written.toSorted()).toEqual(cells.map(([one, word]) => `${one} ${word}`).toSorted());
  });

  test("a status that nobody knows may pass, whoever wrote the answer", () => {
    for (const status of [302, 402, 405, 409, 418, 451, 501, 520, 599])
      for (const word of Object.keys(bodies))
        for (const phase of phases) expect(recoveryOf(status, word, phase)).toBe("unavailable");
  });
});

test("who wrote a refusal is told by its shape alone", () => {
  for (const [word, text] of Object.entries(bodies)) expect(wordOf(text)).toBe(word);
  for (const text of ["", "null", "[]", "7", '{"message":null}', '{"message":{}}', '{"mess'])
    expect(wordOf(text)).toBe("unknown");
});

test("errors name call, status and word, and nothing of what Employes wrote", () => {
  for (const [status] of cells)
    for (const word of Object.keys(bodies))
      for (const phase of phases) {
        const error = failureOf(answer(status, word), "employees", phase);
        expect(error.message).toMatch(new RegExp(`^employees: ${status} ${word}`));
        expect(String(error)).not.toMatch(/SECRET|Sanne|html/);
        expect(Object.values(errors).some((known) => error instanceof known)).toBe(true);
      }
});

test("what the gateway takes for a wrong header is an unknown route or a lacking right", () => {
  const error = failureOf(answer(403, "gateway"), "company", "company");
  expect(error).toBeInstanceOf(errors.Forbidden);
  expect(error.message).toContain("unknown route or no right");
});

test.each([
  ["5", 5_000],
  ["", 1_000],
  ["0", 1_000],
  ["-3", 1_000],
  ["soon", 1_000],
  ["1000000000", 3_600_000],
])("a limit with Retry-After %j is waited out for %i ms (F31)", (header, expected) => {
  const headers = header === "" ? undefined : { "retry-after": header };
  const error = failureOf(answer(429, "own", headers), "employees", "list");
  expect(error).toBeInstanceOf(errors.RateLimited);
  expect(error).toMatchObject({ retryAfterMs: expected });
});

test("a 503 that names a pause passes it on", () => {
  const error = failureOf(answer(503, "own", { "retry-after": "7" }), "employees", "list");
  expect(error).toMatchObject({ retryAfterMs: 7_000 });
});
