import { z } from "zod";
import { cronComplaint, cronValues } from "./cron.ts";

/** How often a schedule fires, as a person says it. */
export const cadence = z
  .union([
    z.strictObject({ everyMinutes: z.int().min(1).max(43_200) }),
    z.strictObject({ everyHours: z.int().min(1).max(168) }),
    z.strictObject({
      dailyAt: z
        .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "is not HH:MM"))
        .min(1)
        .max(24),
    }),
    z.strictObject({
      cron: z
        .string()
        .max(300)
        .check(({ value, issues }) => {
          const message = cronComplaint(value);
          if (message !== null) issues.push({ code: "custom", input: value, message });
        }),
    }),
  ])
  .meta({
    id: "Cadence",
    description:
      "Every so many minutes or hours (counted from midnight UTC), at times of the day in the schedule's zone, or by cron",
  });

export type Cadence = z.output<typeof cadence>;

const minute = 60_000;
const day = 24 * 60 * minute;

/** The longest time between two runs in a row; infinite for what never runs twice within a leap year. */
export function longestGapMs(of: Cadence): number {
  if ("everyMinutes" in of) return of.everyMinutes * minute;
  if ("everyHours" in of) return of.everyHours * 60 * minute;
  if ("cron" in of) return cronGapMs(of.cron);
  return longestOf(of.dailyAt.map(minutesOf), [0, 1]);
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

const leapYear = Date.UTC(2028, 0, 1);

function cronGapMs(cron: string): number {
  const [minutes, hours, dates, months, weekdays] = cronValues(cron);
  const times = [...(hours ?? [])].flatMap((h) => [...(minutes ?? [])].map((m) => h * 60 + m));
  const days = Array.from({ length: 2 * 366 }, (_, at) => at).filter((at) => {
    const date = new Date(leapYear + at * day);
    return (
      dates?.has(date.getUTCDate()) &&
      months?.has(date.getUTCMonth() + 1) &&
      weekdays?.has(date.getUTCDay())
    );
  });
  return longestOf(times, days);
}

/** Between runs at these minutes of these days. */
function longestOf(times: readonly number[], days: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const [first, last] = [sorted.at(0), sorted.at(-1)];
  if (first === undefined || last === undefined || days.length < 2) return Infinity;
  const within = sorted.slice(1).map((time, at) => (time - (sorted[at] ?? time)) * minute);
  const overnight = days
    .slice(1)
    .map((at, index) => (at - (days[index] ?? at)) * day + (first - last) * minute);
  return within.concat(overnight).reduce((most, gap) => Math.max(most, gap), 0);
}
