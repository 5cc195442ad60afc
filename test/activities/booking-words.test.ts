import { expect, test } from "vitest";
import { reportOf } from "../../activities/booking-words.ts";
import type { ReportPart, SessionEnd } from "../../db/booking-reports.ts";

const part = (more: Partial<ReportPart>): ReportPart => ({
  part: "bookings",
  connectionId: "c",
  provider: "system-bookings",
  sessionId: "b",
  reason: null,
  ...more,
});
const google = (more: Partial<ReportPart> = {}) =>
  part({ part: "import", provider: "google-calendar", sessionId: "g", ...more });
const end = (id: string, more: Partial<SessionEnd> = {}): SessionEnd => ({
  id,
  status: "completed",
  error: null,
  blocked: null,
  created: 0,
  updated: 0,
  deleted: 0,
  ...more,
});
const words = (parts: ReportPart[], ends: SessionEnd[]) => {
  const { words: said, status } = reportOf(parts, new Map(ends.map((one) => [one.id, one])));
  return [said, status];
};

test("a run says what was created and cancelled, and what came in with the import", () => {
  const ends = [
    end("b", { created: 4, deleted: 1 }),
    end("g", { created: 2, updated: 1, deleted: 1 }),
  ];
  expect(words([part({}), google()], ends)).toEqual([
    "created 4 · cancelled 1 · Google Calendar: 3 imported, 1 removed",
    "completed",
  ]);
});

test("nothing to tell is told as well, and of a calendar that is not connected nothing", () => {
  expect(words([part({}), google()], [end("b"), end("g")])).toEqual([
    "bookings unchanged · Google Calendar: nothing new",
    "completed",
  ]);
  expect(words([part({})], [end("b", { updated: 2 })])).toEqual(["changed 2", "completed"]);
});

test("what failed, did not end or was not begun says why, beside what has been done", () => {
  const done = end("b", { created: 1 });
  const failed = end("g", { status: "error", error: "needs_reauth" });
  expect(words([part({}), google()], [done, failed])).toEqual([
    "created 1 · Google Calendar: failed (needs_reauth)",
    "error",
  ]);
  const queued = end("g", { status: "queued", created: 2 });
  expect(words([part({}), google()], [done, queued])[0]).toBe(
    "created 1 · Google Calendar: 2 imported, failed (not finished yet)",
  );
  const blocked = end("g", { status: "queued", blocked: "paused" });
  const other = google({ sessionId: null, reason: "paused" });
  expect(words([part({}), google(), other], [done, blocked])[0]).toBe(
    "created 1 · Google Calendar: 2 of 2 failed (paused)",
  );
  expect(words([part({})], [end("b", { status: "error", error: "internal" })])).toEqual([
    "bookings failed (internal)",
    "error",
  ]);
});
