import { type GoogleEvent, GoogleRefuses } from "../google.ts";
import {
  firstValues,
  occurrenceMoved,
  occurrenceStart,
  titleOf,
  type Values,
  valuesOf,
  zone,
} from "./values.ts";
import type { Person, World } from "./world.ts";

/** What a person adds that we do not map: it must survive whatever we write (I9). */
export const unmapped = {
  colorId: "7",
  reminders: { useDefault: false, overrides: [{ method: "popup", minutes: 7 }] },
  extendedProperties: { private: { theirs: "kept" } },
};

/** The other side: somebody at Google's own pages. */
export function personAtGoogle(world: World): Person {
  const { stack, connected, books } = world;
  const calendar = connected.googleCalendar;

  const look = async (): Promise<GoogleEvent[]> =>
    (await stack.google.dump(calendar)).filter((event) => event.tombstone === undefined);

  return {
    async create({ item, shape, n }) {
      const marker = world.marker(n);
      const { recurrence, ...values } = firstValues(shape, item, n, marker);
      const body = { ...bodyOf(values), ...unmapped, ...(recurrence.length > 0 && { recurrence }) };
      const made = await stack.google.create(calendar, body);
      world.remoteIds.set(item, made.id);
      books.wrote(item, marker, "created at Google");
    },

    async edit(op) {
      const id = await world.remoteId(op.item);
      const before = id && (await look()).find((event) => event.id === id);
      if (!before) return;
      const values = valuesOf(world.marker(op.n), op);
      const body = bodyOf(values);
      if (!(await done(stack.google.patch(calendar, before.id, body)))) return;
      books.saw(...Object.keys(body).map((field) => before[field]));
      books.wrote(op.item, values.text, `${op.field} at Google`);
    },

    async occurrence({ item, day, what, n }) {
      const master = await world.remoteId(item);
      if (!master) return;
      const id = `${master}_${occurrenceStart(day).replaceAll(/[-:]/g, "").replace("T10", "T09")}00Z`;
      const events = await look();
      const before = events.find((event) => event.id === id);
      if (before?.status === "cancelled" || !events.some((event) => event.id === master)) return;
      const marker = world.marker(n);
      const moved = occurrenceMoved(day, n);
      const body = bodyOf(
        what === "rename" ? { text: "", title: titleOf(item, marker) } : { text: "", ...moved },
      );
      const call =
        what === "cancel"
          ? stack.google.delete(calendar, id)
          : stack.google.patch(calendar, id, body);
      if (!(await done(call))) return;
      if (before)
        books.saw(
          ...(what === "cancel"
            ? Object.values(before)
            : Object.keys(body).map((field) => before[field])),
        );
      if (what === "cancel") books.cancelled.add(item);
      else
        books.wrote(item, what === "rename" ? marker : moved.start, `occurrence ${what} at Google`);
    },

    async delete(item) {
      const id = await world.remoteId(item);
      const before = id
        ? (await look()).filter((event) => event.id === id || event.recurringEventId === id)
        : [];
      if (!id || before.length === 0 || !(await done(stack.google.delete(calendar, id)))) return;
      books.saw(...before.flatMap((event) => Object.values(event)));
      books.deleted.add(item);
    },
  };
}

/** Whether Google let it happen; what is gone there cannot be edited. */
async function done(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof GoogleRefuses && error.status < 500) return false;
    throw error;
  }
}

function bodyOf({
  title,
  description,
  location,
  start,
  end,
  recurrence,
}: Values): Record<string, unknown> {
  const time = (at: string) =>
    at.includes("T")
      ? { date: null, dateTime: `${at}:00`, timeZone: zone }
      : { date: at, dateTime: null, timeZone: null };
  return {
    ...(title !== undefined && { summary: title }),
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(start !== undefined && end !== undefined && { start: time(start), end: time(end) }),
    ...(recurrence !== undefined && { recurrence }),
  };
}
