import type { JsonObject } from "../json.ts";

/** A simple reading of a line of text: a clock time in it is today's, otherwise the next full hour is taken. */
export function quickEvent(text: string, now: number): JsonObject {
  const time = /\b(\d{1,2}):(\d{2})\b/.exec(text);
  const start = new Date(now);
  if (time === null) start.setUTCHours(start.getUTCHours() + 1, 0, 0, 0);
  else start.setUTCHours(Number(time[1]), Number(time[2]), 0, 0);
  const end = new Date(start.getTime() + 3_600_000);
  const summary = text.replace(/\s*\b(at\s+)?\d{1,2}:\d{2}\b/, "").trim();
  return {
    summary,
    start: { dateTime: start.toISOString() },
    end: { dateTime: end.toISOString() },
  };
}
