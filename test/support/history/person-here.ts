import {
  occurrenceMoved,
  occurrenceStart,
  firstValues,
  titleOf,
  type Values,
  valuesOf,
  zone,
} from "./values.ts";
import type { Person, World } from "./world.ts";

/** Our side: somebody with a database client. */
export function personHere(world: World): Person {
  const { stack, connected, books } = world;
  const own = [connected.companyId, connected.calendarId];

  /** Writes columns of one event, having seen what they held. */
  const write = async (id: string, columns: Record<string, unknown>): Promise<object | null> => {
    const names = Object.keys(columns);
    const set = names.map((name, index) => `${name} = $${index + 2}`).join(", ");
    const [seen] = await stack.psql(
      `update events e set ${set} from (select id, ${names.join(", ")}, title as seen_title from events where id = $1 for update) o
       where e.id = $1 and o.id = e.id and e.deleted_at is null and e.status <> 'cancelled' returning o.*`,
      [id, ...Object.values(columns)],
    );
    return seen ? textual(seen) : null;
  };

  return {
    async create({ item, shape, n }) {
      const marker = world.marker(n);
      const { title, ...values } = firstValues(shape, item, n, marker);
      const times = columnsOf(values);
      const [made] = await stack.psql<{ id: string }>(
        `insert into events (company_id, calendar_id, title, all_day, start_at, end_at, start_zone, end_zone, recurrence)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $8) returning id`,
        [
          ...own,
          title,
          times["all_day"],
          times["start_at"],
          times["end_at"],
          shape === "all-day" ? null : zone,
          values.recurrence,
        ],
      );
      if (made) world.eventIds.set(item, made.id);
      books.wrote(item, marker, "created here");
    },

    async edit(op) {
      const id = await world.eventId(op.item);
      const values = valuesOf(world.marker(op.n), op);
      const seen = id && (await write(id, columnsOf(values)));
      if (!seen) return;
      const { seen_title: _title, ...columns } = seen as Record<string, unknown>;
      books.saw(columns);
      books.wrote(op.item, values.text, `${op.field} here`);
    },

    async occurrence({ item, day, what, n }) {
      const master = await world.eventId(item);
      if (!master) return;
      const original = { local: `${occurrenceStart(day)}:00`, zone };
      const marker = world.marker(n);
      const moved = occurrenceMoved(day, n);
      const columns: Record<string, unknown> =
        what === "rename"
          ? { title: titleOf(item, marker) }
          : what === "move"
            ? columnsOf({ text: "", ...moved })
            : { status: "cancelled" };
      const [existing] = await stack.psql<{ id: string }>(
        "select id from events where master_id = $1 and original_start = $2 and deleted_at is null",
        [master, original],
      );
      if (existing) {
        const seen = await write(
          existing.id,
          what === "cancel" ? { title: "", description: "", location: "", ...columns } : columns,
        );
        if (!seen) return;
        const { seen_title: title, ...rest } = seen as Record<string, unknown>;
        books.saw(what === "cancel" ? { title, ...rest, start: await startOf(existing.id) } : rest);
      } else {
        const made = await stack.psql(
          `insert into events (company_id, calendar_id, title, status, start_at, end_at, start_zone, end_zone, master_id, original_start)
           select $1, $2, $3, $4, $5, $6, $7, $7, id, $8 from events where id = $9 and deleted_at is null
           on conflict do nothing returning id`,
          [
            ...own,
            what === "cancel" ? "" : titleOf(item, what === "rename" ? marker : ""),
            what === "cancel" ? "cancelled" : "confirmed",
            what === "move" ? moved.start : occurrenceStart(day),
            what === "move" ? moved.end : occurrenceStart(day).replace("T10", "T11"),
            zone,
            original,
            master,
          ],
        );
        if (made.length === 0) return;
      }
      if (what === "cancel") books.cancelled.add(item);
      else books.wrote(item, what === "rename" ? marker : moved.start, `occurrence ${what} here`);
    },

    async delete(item) {
      const id = await world.eventId(item);
      if (!id) return;
      const gone = await stack.psql(
        "update events set deleted_at = clock_timestamp() where id = $1 and deleted_at is null returning *",
        [id],
      );
      const exceptions =
        gone.length > 0 ? await stack.psql("select * from events where master_id = $1", [id]) : [];
      const seen = [...gone, ...exceptions];
      if (seen.length === 0) return;
      books.saw(...seen.map(textual));
      books.deleted.add(item);
    },
  };

  async function startOf(id: string): Promise<unknown> {
    const [row] = await stack.psql<{ start: string }>(
      "select start_at::text as start from events where id = $1",
      [id],
    );
    return row?.start.slice(0, 16).replace(" ", "T");
  }
}

function columnsOf({ text: _text, start, end, ...rest }: Values): Record<string, unknown> {
  if (start === undefined || end === undefined) return rest;
  const allDay = !start.includes("T");
  return {
    ...rest,
    all_day: allDay,
    start_at: start,
    end_at: end,
    start_zone: allDay ? null : zone,
    end_zone: allDay ? null : zone,
  };
}

/** Times as markers are written: the driver would make dates of them. */
function textual(row: object): Record<string, unknown> {
  const text = (value: unknown) => {
    if (!(value instanceof Date)) return value;
    const local = new Date(value.getTime() - value.getTimezoneOffset() * 60_000).toISOString();
    return local.slice(0, 16);
  };
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]));
}
