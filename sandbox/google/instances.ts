import { createHash } from "node:crypto";
import type { EventResource, StoredEvent } from "./event.ts";
import type { EventStore } from "./event-store.ts";
import { hasOccurrence, keyInstant, timeOfKey } from "./recurrence.ts";
import type { GoogleSettings } from "./settings.ts";
import { instantOfTime, parseDate } from "./times.ts";
import { formatInZone } from "../zones.ts";

type IdForm = GoogleSettings["instanceIdForm"];

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

export function base32hex(bytes: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let text = "";
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
      held &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

function fromBase32hex(text: string): string | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 255);
  }
  return Buffer.from(bytes).toString();
}

export function newEventId(): string {
  const random = createHash("sha1").update(`${Math.random()}${process.hrtime.bigint()}`).digest();
  return base32hex(random).slice(0, 26);
}

function timestampSuffix(key: string): string {
  if (key.includes("-") && key.length === 10) return key.replaceAll("-", "");
  return `${new Date(Number(key)).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

/** The id of an occurrence that nobody touched yet. The opaque form says nothing to a reader, yet can be resolved. */
export function instanceId(masterId: string, key: string, form: IdForm): string {
  if (form === "timestamp") return `${masterId}_${timestampSuffix(key)}`;
  return `_${base32hex(Buffer.from(`${key}/${masterId}`))}`;
}

/** The series and the occurrence that an instance id of either form names. */
function parseInstanceId(id: string): { masterId: string; key: string } | undefined {
  const stamp = /^(.+)_(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z)?$/.exec(id);
  if (stamp !== null) {
    const [, masterId = "", y, m, d, hh, mm, ss] = stamp;
    if (hh === undefined) return { masterId, key: `${y}-${m}-${d}` };
    return { masterId, key: String(Date.parse(`${y}-${m}-${d}T${hh}:${mm}:${ss}Z`)) };
  }
  const [key, ...rest] = id.startsWith("_") ? (fromBase32hex(id.slice(1)) ?? "").split("/") : [];
  return key === undefined || rest.length === 0 ? undefined : { masterId: rest.join("/"), key };
}

/** An occurrence as its series implies it. */
export function virtualInstance(
  master: EventResource,
  key: string,
  zone: string,
  form: IdForm,
): EventResource {
  const original = timeOfKey(key, master, zone);
  const { recurrence: _recurrence, ...shared } = master;
  return {
    ...shared,
    id: instanceId(master.id, key, form),
    recurringEventId: master.id,
    originalStartTime: original,
    start: original,
    end: shiftedEnd(master, key, zone),
  };
}

function shiftedEnd(master: EventResource, key: string, zone: string): EventResource["end"] {
  if (master.start.date !== undefined && master.end.date !== undefined) {
    const length = (parseDate(master.end.date) ?? 0) - (parseDate(master.start.date) ?? 0);
    return { date: new Date((parseDate(key) ?? 0) + length).toISOString().slice(0, 10) };
  }
  const length = instantOfTime(master.end, zone) - instantOfTime(master.start, zone);
  const timeZone = master.end.timeZone ?? zone;
  return { dateTime: formatInZone(zone, keyInstant(key, zone) + length), timeZone };
}

export type Found =
  | { readonly kind: "stored"; readonly event: StoredEvent }
  | { readonly kind: "virtual"; readonly master: StoredEvent; readonly key: string };

/** The event of that id: a stored one, or an occurrence that exists only through its series. */
export function find(store: EventStore, id: string, zone: string): Found | undefined {
  const event = store.get(id);
  if (event !== undefined) return { kind: "stored", event };
  const parsed = parseInstanceId(id);
  const master = parsed === undefined ? undefined : store.get(parsed.masterId);
  if (
    parsed === undefined ||
    master?.resource.recurrence === undefined ||
    master.tombstone !== undefined
  )
    return undefined;
  const exception = store.exceptions(parsed.masterId).get(parsed.key);
  if (exception !== undefined) return { kind: "stored", event: exception };
  return hasOccurrence(master.resource, parsed.key, zone)
    ? { kind: "virtual", master, key: parsed.key }
    : undefined;
}
