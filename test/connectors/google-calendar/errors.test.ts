import { describe, expect, test } from "vitest";
import { failureOf, reasonOf } from "../../../connectors/google-calendar/errors.ts";
import { phases, recoveryOf, table } from "../../../connectors/google-calendar/recovery.ts";
import * as errors from "../../../connectors/errors.ts";
import type { HttpAnswer } from "../../../connectors/http.ts";

function answer(
  status: number,
  reason: string | null,
  headers: Record<string, string> = {},
): HttpAnswer {
  const message = "SECRET text of an event";
  const entry = reason === null ? {} : { errors: [{ domain: "global", reason, message }] };
  const text = JSON.stringify({ error: { ...entry, code: status, message } });
  return { status, text, headers: new Headers(headers), sentAt: 0, receivedAt: 0 };
}

describe("each documented refusal has its recovery", () => {
  test.each([
    [400, "invalid", "list-by-sync-token", "cursor-expired"],
    [400, "invalid", "list-by-page-token", "page-lost"],
    [400, "invalid", "list", "rejected"],
    [400, "required", "create", "rejected"],
    [400, "eventTypeRestriction", "update", "rejected"],
    [400, "seenByNobody", "list", "unavailable"],
    [400, "timeRangeEmpty", "update", "rejected"],
    [400, "pushNotSupportedForRequestedResource", "watch", "watch-unsupported"],
    [400, "channelIdNotUnique", "watch", "unavailable"],
    [400, "push.webhookUrlNotHttps", "watch", "rejected"],
    [401, "push.webhookUrlUnauthorized", "watch", "rejected"],
    [401, "authError", "update", "unauthenticated"],
    [403, "userRateLimitExceeded", "create", "rate-limited"],
    [403, "rateLimitExceeded", "list", "rate-limited"],
    [403, "quotaExceeded", "create", "limited-for-long"],
    [403, "calendarUsageLimitsExceeded", "create", "limited-for-long"],
    [403, "dailyLimitExceeded", "list", "limited-for-long"],
    [403, "forbiddenForNonOrganizer", "update", "rejected"],
    [403, "insufficientPermissions", "list", "forbidden"],
    [403, "requiredAccessLevel", "update", "forbidden"],
    [403, "forbidden", "delete", "forbidden"],
    [403, "accessNotConfigured", "list", "forbidden"],
    [403, "seenByNobody", "delete", "unavailable"],
    [404, "notFound", "list", "collection-missing"],
    [404, "notFound", "create", "collection-missing"],
    [404, "notFound", "update", "missing"],
    [404, "notFound", "stop", "gone"],
    [404, "unknown", "delete", "unavailable"],
    [409, "duplicate", "create", "key-taken"],
    [409, "conflict", "create", "unavailable"],
    [410, "fullSyncRequired", "list-by-sync-token", "cursor-expired"],
    [410, "fullSyncRequired", "list-by-page-token", "page-lost"],
    [410, "fullSyncRequired", "delete", "unavailable"],
    [410, "unknown", "list-by-sync-token", "cursor-expired"],
    [410, "seenByNobody", "list-by-page-token", "page-lost"],
    [410, "unknown", "list", "unavailable"],
    [410, "updatedMinTooLongAgo", "list-by-sync-token", "cursor-expired"],
    [410, "deleted", "delete", "gone"],
    [410, "unknown", "delete", "unavailable"],
    [412, "conditionNotMet", "update", "precondition-failed"],
    [429, "rateLimitExceeded", "list", "rate-limited"],
    [500, "backendError", "create", "unavailable"],
    [503, "backendError", "delete", "unavailable"],
    [302, "unknown", "delete", "unavailable"],
  ] as const)("%i %s on %s is %s", (status, reason, phase, recovery) => {
    expect(recoveryOf(status, reason, phase)).toBe(recovery);
  });
});

test(
  "every status, reason and phase has a recovery, and what is unknown is never final",
  { timeout: 60_000 },
  () => {
    const reasons = new Set([
      ...Object.values(table).flatMap((rules) => Object.keys(rules)),
      "constructor",
      "",
    ]);
    for (let status = 300; status < 600; status++) {
      for (const reason of reasons) {
        for (const phase of phases) {
          const failure = failureOf(answer(status, reason), "events.patch", phase);
          expect(Object.values(errors).some((kind) => failure instanceof kind)).toBe(true);
          if (reason !== "" || status === 401 || status === 429) continue;
          if (status === 400 && ["create", "update", "delete"].includes(phase)) continue;
          const byToken = phase === "list-by-sync-token" || phase === "list-by-page-token";
          expect(failure).toBeInstanceOf(
            status === 410 && byToken ? errors.CursorExpired : errors.Unavailable,
          );
        }
      }
    }
  },
);

test("a body that is not Google's has an unknown reason, and one of Google's without a reason an unstated one", () => {
  expect(reasonOf("<html>Not Found</html>")).toBe("unknown");
  expect(reasonOf('{"status":404}')).toBe("unknown");
  expect(reasonOf('{"error":"invalid_grant"}')).toBe("unknown");
  expect(reasonOf('{"error":{"code":404}}')).toBe("unstated");
});

test("a message names the call, the status and the reason, and nothing of the body", () => {
  expect(failureOf(answer(403, "forbidden"), "events.patch", "update").message).toBe(
    "events.patch: 403 forbidden",
  );
  expect(failureOf(answer(400, "SECRET name of someone"), "events.patch", "update").message).toBe(
    "events.patch: 400 unknown",
  );
});

describe("Retry-After (F31)", () => {
  const date = "Mon, 02 Mar 2026 08:00:00 GMT";
  test.each([
    ["7", 7_000],
    ["0", 10_000],
    ["-5", 10_000],
    ["1000000000", 3_600_000],
    ["99999999999999999999999", 3_600_000],
    ["soon", 10_000],
    ["", 10_000],
    ["1.5", 10_000],
    ["Mon, 02 Mar 2026 08:00:30 GMT", 30_000],
    ["Mon, 02 Mar 2026 07:00:00 GMT", 10_000],
    ["Fri, 01 Jan 2100 00:00:00 GMT", 3_600_000],
  ])("%j means %i ms", (value, ms) => {
    const limited = failureOf(
      answer(429, "rateLimitExceeded", { date, "retry-after": value }),
      "x",
      "list",
    );
    expect(limited).toMatchObject({ name: "RateLimited", retryAfterMs: ms });
  });

  test.each([
    ["rateLimitExceeded", 20],
    ["quotaExceeded", 70],
  ])("that is not there makes a limit by %s last as long as is configured", (reason, ms) => {
    const pauses = { shortMs: 20, longMs: 70 };
    expect(failureOf(answer(403, reason), "x", "list", pauses)).toMatchObject({ retryAfterMs: ms });
    const named = answer(403, reason, { "retry-after": "7" });
    expect(failureOf(named, "x", "list", pauses)).toMatchObject({ retryAfterMs: 7_000 });
  });

  test("is kept on a 503, whose outcome is unknown", () => {
    const failure = failureOf(answer(503, "backendError", { "retry-after": "7" }), "x", "update");
    expect(failure).toMatchObject({ name: "Unavailable", retryAfterMs: 7_000 });
  });
});
