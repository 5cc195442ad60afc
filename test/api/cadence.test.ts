import { expect, test } from "vitest";
import { type Cadence, longestGapMs } from "../../api/cadence.ts";

const hour = 3_600_000;

test.each<[Cadence, number]>([
  [{ everyMinutes: 45 }, 0.75],
  [{ everyHours: 6 }, 6],
  [{ dailyAt: ["03:00"] }, 24],
  [{ dailyAt: ["16:00", "06:00", "12:00"] }, 14],
  [{ dailyAt: ["00:00", "23:59"] }, 23 + 59 / 60],
  [{ cron: "*/15 * * * *" }, 0.25],
  [{ cron: "0 7 * * *" }, 24],
  [{ cron: "0 7 * * 1-5" }, 72],
  [{ cron: "0 7,19 * * mon" }, 156],
  [{ cron: "0 0 * * 7" }, 168],
  [{ cron: "10/20 8-10/2 * * *" }, 22 - 40 / 60],
  [{ cron: "0 0 1 * *" }, 31 * 24],
  [{ cron: "0 0 1 jan *" }, 366 * 24],
  [{ cron: "0 0 30 feb *" }, Infinity],
])("%j pauses for %d hours at most", (cadence, hours) => {
  expect(longestGapMs(cadence)).toBeCloseTo(hours * hour, 3);
});
