import type { KiotVietSettings } from "./settings.ts";

const VIETNAM_MS = 7 * 3_600_000;
const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,7}))?)?$/;

/** A time as answers show it: local time of Vietnam, without offset. */
export function localText(at: number, fraction: KiotVietSettings["fraction"]): string {
  const text = new Date(at + VIETNAM_MS).toISOString();
  const seconds = text.slice(0, 19);
  const digits = fraction === "natural" ? (at % 1000 === 0 ? 0 : 7) : Number(fraction);
  return digits === 0 ? seconds : `${seconds}.${`${text.slice(20, 23)}0000`.slice(0, digits)}`;
}

/** The instant that a local time of Vietnam means; undefined where it is none, as where it bears an offset. */
export function readLocal(text: string): number | undefined {
  const match = LOCAL.exec(text);
  if (match === null) return undefined;
  const [, day, minutes = "00:00", seconds = ":00", fraction = "0"] = match;
  const at = Date.parse(`${day}T${minutes}${seconds}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
  return Number.isNaN(at) ? undefined : at - VIETNAM_MS;
}
