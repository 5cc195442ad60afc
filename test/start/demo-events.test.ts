import { expect, test } from "vitest";
import { demoEdits, demoEvents, demoPages } from "../../start/demo-events.ts";

test.each(["2026-03-25T12:00:00Z", "2026-10-18T23:30:00Z", "2027-01-01T00:00:00Z"])(
  "at %s there is one of each kind of event",
  (at) => {
    const now = new Date(at);
    const events = demoEvents(now);
    expect(events.some((event) => "date" in ((event["start"] as object | undefined) ?? {}))).toBe(
      true,
    );
    const series = events.find((event) => "recurrence" in event);
    const [moved, calledOff] = demoEdits(now);
    expect(moved?.change).toBeDefined();
    expect(calledOff?.change).toBeUndefined();
    // Google takes ids of these letters only.
    for (const event of events) expect(event.id).toMatch(/^[a-v0-9]{5,}$/u);
    for (const edit of [moved, calledOff])
      expect(edit?.id).toMatch(new RegExp(`^${series?.id}_\\d{8}T\\d{6}Z$`, "u"));
  },
);

test("an occurrence keeps nine o’clock in Amsterdam when the clocks change", () => {
  // The week before summer time begins: the occurrence a week later is an hour earlier in UTC.
  expect(demoEdits(new Date("2026-03-25T12:00:00Z")).map((edit) => edit.id)).toEqual([
    "demoseries01_20260330T070000Z",
    "demoseries01_20260406T070000Z",
  ]);
});

test("a page at Notion begins at eleven in Amsterdam whatever the time of year", () => {
  const starts = ["2026-01-05T12:00:00Z", "2026-07-06T12:00:00Z"].map((now) =>
    JSON.stringify(demoPages(new Date(now))[0]?.properties),
  );
  expect(starts[0]).toContain("2026-01-08T10:00:00.000Z");
  expect(starts[1]).toContain("2026-07-09T09:00:00.000Z");
});
