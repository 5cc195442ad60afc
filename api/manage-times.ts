import type { Words } from "./manage-words.ts";

type Language = Pick<Words, "locale">;

const formats = new Map<string, Intl.DateTimeFormat>();
const mostFormats = 1_000;

/** Making one costs a hundred times what using it does, and a page has many times of one zone. */
function formatOf(locale: string, how: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, how]);
  const found = formats.get(key) ?? new Intl.DateTimeFormat(locale, how);
  if (formats.size >= mostFormats) formats.clear();
  formats.set(key, found);
  return found;
}

const written = ({ locale }: Language, zone: string, ms: number, how: Intl.DateTimeFormatOptions) =>
  formatOf(locale, { ...how, timeZone: zone }).format(ms);

/** "Tuesday, 1 December 2026" */
export const dayOf = (words: Language, zone: string, ms: number): string =>
  written(words, zone, ms, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** "Tue, 1 Dec" */
export const shortDay = (words: Language, zone: string, ms: number): string =>
  written(words, zone, ms, { weekday: "short", day: "numeric", month: "short" });

/** "09:00" */
export const clock = (words: Language, zone: string, ms: number): string =>
  written(words, zone, ms, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const dayAndClock = (words: Language, zone: string, ms: number): string =>
  `${dayOf(words, zone, ms)}, ${clock(words, zone, ms)}`;

/** "Central European Standard Time (Europe/Amsterdam)": as it is called at that moment, and by its id. */
export function zoneName({ locale }: Language, zone: string, ms: number): string {
  const parts = formatOf(locale, { timeZone: zone, timeZoneName: "long" });
  const name = parts.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value;
  return name === undefined || name === zone ? zone : `${name} (${zone})`;
}
