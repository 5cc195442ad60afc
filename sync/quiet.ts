import { Temporal } from "temporal-polyfill";

/** Hours of the day in which people are not to be disturbed, by the wall clocks of their zone. */
export interface QuietHours {
  /** `HH:MM`. */
  from: string;
  /** `HH:MM`; before `from` it is the next day's. */
  to: string;
  /** IANA zone. */
  zone: string;
}

/**
 * When the quiet hours end that `ms` lies in; null where it lies in none. A wall clock that a change of
 * clocks skips is read with the offset before it. The same `from` and `to` is no quiet at all.
 *
 * @throws RangeError for a time or zone that does not exist.
 */
export function quietUntil({ from, to, zone }: QuietHours, ms: number): number | null {
  if (from === to) return null;
  const now = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  const at = (days: number, time: string) =>
    now.toPlainDate().add({ days }).toZonedDateTime({ timeZone: zone, plainTime: time })
      .epochMilliseconds;
  const lasts = from < to ? 0 : 1;
  for (const day of [-1, 0]) {
    const end = at(day + lasts, to);
    if (at(day, from) <= ms && ms < end) return end;
  }
  return null;
}
