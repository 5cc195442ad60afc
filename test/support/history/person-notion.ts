import type { NotionSide } from "../connected-notion.ts";
import { type NotionPage, NotionRefuses } from "../notion.ts";
import { firstValues, titleOf, type Values, valuesOf } from "./values.ts";
import type { World } from "./world.ts";

/** What nobody but a person ever writes; it must stay as it is (I9). */
export const seats = 7;
const block = [{ type: "paragraph", paragraph: { rich_text: [{ text: { content: "agenda" } }] } }];

type Person = ReturnType<typeof personAtNotion>;
export type NotionPerson = Person;

/** Somebody at Notion's own pages. A series is not there, so nothing happens to it. */
export function personAtNotion(world: World, side: NotionSide) {
  const { notion } = world.stack;
  const { books } = world;

  const find = async (item: number): Promise<NotionPage | null> => {
    const id = await world.pageId(item);
    if (!id) return null;
    return (await notion.dump(side.table)).find((page) => page.id === id && !page.in_trash) ?? null;
  };

  return {
    async create({
      item,
      shape,
      n,
    }: {
      item: number;
      shape: "timed" | "all-day" | "series";
      n: number;
    }) {
      const marker = world.marker(n);
      const { recurrence: _none, ...values } = firstValues(shape, item, n, marker);
      const made = await notion.create(side.table, {
        ...propertiesOf(values),
        Seats: { number: seats },
      });
      await notion.blocks(made.id, block);
      world.pageIds.set(item, made.id);
      books.wrote(item, marker, "created at Notion");
    },

    async edit(op: Parameters<typeof valuesOf>[1]) {
      const before = await find(op.item);
      if (!before) return;
      const values = valuesOf(world.marker(op.n), op);
      const properties = propertiesOf(values);
      if (!(await done(notion.edit(before.id, properties)))) return;
      books.saw(...Object.keys(properties).map((name) => before.properties[name]));
      // What a person sees of a time is the wall clock, and a move is told by it.
      if ("Date" in properties) books.saw(...clocksOf(before));
      books.wrote(op.item, values.text, `${op.field} at Notion`);
    },

    async delete(item: number) {
      const before = await find(item);
      if (!before || !(await done(notion.trash(before.id)))) return;
      books.saw(...Object.values(before.properties), ...clocksOf(before));
      books.deleted.add(item);
    },

    /** The copy has all that the page had, our key included, until it gets a title of its own. */
    async duplicate({ of, item, n }: { of: number; item: number; n: number }) {
      const original = await find(of);
      if (!original) return;
      const marker = world.marker(n);
      const copy = await notion.duplicate(original.id);
      await notion.edit(copy.id, propertiesOf({ text: marker, title: titleOf(item, marker) }));
      world.pageIds.set(item, copy.id);
      world.copies.add(item);
      books.wrote(item, marker, "copied at Notion");
    },
  };
}

async function done(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof NotionRefuses && error.status < 500) return false;
    throw error;
  }
}

const text = (content: string) => ({ rich_text: [{ text: { content } }] });

function propertiesOf({
  title,
  description,
  location,
  start,
  end,
}: Values): Record<string, object> {
  return {
    ...(title !== undefined && { Name: { title: [{ text: { content: title } }] } }),
    ...(description !== undefined && { Description: text(description) }),
    ...(location !== undefined && { Location: text(location) }),
    ...(start !== undefined && end !== undefined && { Date: { date: spanOf(start, end) } }),
  };
}

/** A day's end is the last day itself; a clock has the offset that Amsterdam has then. */
function spanOf(start: string, end: string): { start: string; end: string | null } {
  if (!start.includes("T")) return { start, end: null };
  const at = (clock: string) => `${clock}:00${clock.slice(5, 7) === "12" ? "+01:00" : "+02:00"}`;
  return { start: at(start), end: at(end) };
}

/** The wall clocks of a page in Amsterdam, to the minute, as markers are written. */
export function clocksOf(page: NotionPage): string[] {
  const { date } = page.properties["Date"] as unknown as {
    date: { start: string; end: string | null } | null;
  };
  return [date?.start, date?.end].flatMap((time) => (time ? [clockOf(time)] : []));
}

export function clockOf(time: string): string {
  if (!time.includes("T")) return time;
  const inAmsterdam = new Date(time).toLocaleString("sv-SE", { timeZone: "Europe/Amsterdam" });
  return inAmsterdam.slice(0, 16).replace(" ", "T");
}
