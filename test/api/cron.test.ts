import { expect, test } from "vitest";
import { cronComplaint } from "../../api/cron.ts";

test.each([
  "* * * * *",
  "0 6 * * *",
  "*/15 8-18/2 1,15 jan-Jun mon-fri",
  "5/10 0 31 12 7",
  "0 0 1 1 SUN",
])("%s is a cadence", (cron) => {
  expect(cronComplaint(cron)).toBeNull();
});

test.each([
  ["61 * * * *", "minute"],
  ["0 24 * * *", "hour"],
  ["0 0 0 * *", "day of the month"],
  ["0 0 * 13 *", "month"],
  ["0 0 * * 8", "day of the week"],
  ["0 0 * * funday", "day of the week"],
  ["*/0 * * * *", "minute"],
  ["30-10 * * * *", "minute"],
  ["1- * * * *", "minute"],
  ["1,,2 * * * *", "minute"],
  ["-1 * * * *", "minute"],
  ["* * * *", "five fields"],
  ["* * * * * *", "five fields"],
  ["*  * * * *", "five fields"],
])("%s is refused for its %s", (cron, what) => {
  expect(cronComplaint(cron)).toContain(what);
});
