import { allNamed, type Component, property } from "./ics-lines.ts";
import { WINDOWS_ZONES } from "./windows-zones.ts";
import { isZone, offsetAt } from "../zones.ts";

/** Zones that are tried, in this order, when a file describes its zone by offsets alone. */
const CANDIDATES = [
  "UTC",
  "Europe/London",
  "Europe/Berlin",
  "Europe/Athens",
  "Europe/Moscow",
  "Europe/Istanbul",
  "America/New_York",
  "America/Chicago",
  "America/Denver",
  "America/Phoenix",
  "America/Los_Angeles",
  "America/Sao_Paulo",
  "Asia/Dubai",
  "Asia/Kolkata",
  "Asia/Bangkok",
  "Asia/Shanghai",
  "Asia/Tokyo",
  "Australia/Sydney",
  "Australia/Adelaide",
  "Pacific/Auckland",
];
const WINTER = Date.UTC(2024, 0, 15);
const SUMMER = Date.UTC(2024, 6, 15);

export type ResolveZone = (tzid: string) => string;

/** Finds the zone that a TZID of this file means, or throws with a reason. */
export function zonesOf(components: readonly Component[]): ResolveZone {
  const described = new Map<string, Component>();
  for (const zone of allNamed(components, "VTIMEZONE"))
    described.set(property(zone, "TZID")?.value ?? "", zone);
  return (tzid) => {
    const found = byName(tzid) ?? byDescription(described.get(tzid));
    if (found === undefined) throw new Error(`Unknown time zone ${tzid}`);
    return found;
  };
}

function byName(tzid: string): string | undefined {
  const name = tzid.trim();
  if (WINDOWS_ZONES[name] !== undefined) return WINDOWS_ZONES[name];
  if (isZone(name)) return name;
  // Some programs put a path of their own before the name.
  const tail = /([A-Z][A-Za-z]+\/[A-Za-z_]+(?:\/[A-Za-z_]+)?)$/.exec(name)?.[1];
  return tail !== undefined && isZone(tail) ? tail : undefined;
}

function byDescription(zone: Component | undefined): string | undefined {
  if (zone === undefined) return undefined;
  const location = property(zone, "X-LIC-LOCATION")?.value.trim();
  if (location !== undefined && isZone(location)) return location;
  const standard = offsetIn(zone, "STANDARD");
  const daylight = offsetIn(zone, "DAYLIGHT") ?? standard;
  if (standard === undefined || daylight === undefined) return undefined;
  const wanted = [standard, daylight].sort().join();
  const fits = (name: string): boolean =>
    [offsetAt(name, WINTER), offsetAt(name, SUMMER)].sort().join() === wanted;
  return CANDIDATES.find(fits) ?? fixedZone(standard, daylight);
}

function offsetIn(zone: Component, kind: string): number | undefined {
  const rule = zone.children.filter((child) => child.name === kind).at(-1);
  const match =
    rule === undefined
      ? null
      : /^([+-])(\d{2})(\d{2})/.exec(property(rule, "TZOFFSETTO")?.value ?? "");
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

/** A zone without clock changes; its name has the sign the other way round. */
function fixedZone(standard: number, daylight: number): string | undefined {
  if (standard !== daylight || standard % 3_600_000 !== 0) return undefined;
  const hours = standard / 3_600_000;
  return hours === 0 ? "UTC" : `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`;
}
