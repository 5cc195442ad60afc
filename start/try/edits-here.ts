import type pg from "pg";
import type { Edit, Material, Pair, SeriesPair, Share } from "./edits.ts";
import type { GoogleTime } from "./google.ts";
import type { Binding } from "./hub.ts";
import { momentOfRow, wallAt } from "./moments.ts";
import type { Row } from "./sides.ts";

/** What a person, or a program of theirs, does with SQL. */
export async function editHere(
  sql: pg.Client,
  binding: Binding,
  zone: string,
  { here: share, both }: Share,
  { series }: Material,
): Promise<Edit[]> {
  const edits: Edit[] = [];
  for (const [at, pair] of share.title.entries()) {
    edits.push(await retitle(sql, pair, `Title changed here ${at + 1}`));
  }
  for (const pair of share.move) edits.push(await moveByADay(sql, pair));
  for (const pair of both)
    edits.push(await retitle(sql, pair, "Title changed here, place in Google"));
  for (const { row } of share.remove) {
    await sql.query("delete from events where id = $1", [row.id]);
    edits.push({ side: "here", what: "a deletion", id: row.id, expect: "gone", more: -1 });
  }
  edits.push(await add(sql, binding));
  const [first, , third] = series;
  if (first && first.free.length > 0)
    edits.push(...(await changeOccurrence(sql, binding, zone, first)));
  if (third)
    edits.push({ ...(await retitle(sql, third, "Series changed here")), what: "a series" });
  return edits;
}

async function retitle(sql: pg.Client, { row }: Pair, title: string): Promise<Edit> {
  await sql.query("update events set title = $2 where id = $1", [row.id, title]);
  return { side: "here", what: "a title", id: row.id, expect: { title }, more: 0 };
}

async function moveByADay(sql: pg.Client, { row }: Pair): Promise<Edit> {
  const { rows } = await sql.query<{ start: string }>(
    `update events set start_at = start_at + interval '1 day', end_at = end_at + interval '1 day' where id = $1
     returning to_char(start_at, 'YYYY-MM-DD"T"HH24:MI:SS') as start`,
    [row.id],
  );
  const zone = row.all_day ? null : row.start_zone;
  const start = momentOfRow(rows[0]?.start ?? "", zone, row.start_fold);
  return { side: "here", what: "a move", id: row.id, expect: { start }, more: 0 };
}

async function add(sql: pg.Client, { companyId, calendarId }: Binding): Promise<Edit> {
  const title = "Added here";
  const { rows } = await sql.query<{ id: string }>(
    `insert into events (company_id, calendar_id, title, start_at, end_at)
     values ($1, $2, $3, '2027-03-02 09:00', '2027-03-02 10:00') returning id`,
    [companyId, calendarId, title],
  );
  return { side: "here", what: "an addition", id: rows[0]?.id ?? "", expect: { title }, more: 1 };
}

/** A row of its own for one occurrence, a quarter of an hour longer, with the start that the series gave it. */
async function changeOccurrence(
  sql: pg.Client,
  { companyId, calendarId }: Binding,
  zone: string,
  { row, free: [occurrence] }: SeriesPair,
): Promise<Edit[]> {
  const original = originalOf(occurrence?.originalStartTime ?? {}, zone, row);
  const title = "Occurrence changed here";
  const { rows } = await sql.query<{ id: string }>(
    `insert into events (company_id, calendar_id, master_id, original_start, title, all_day, start_at, start_zone, end_at, end_zone)
     select $1, $2, m.id, $4, $5, m.all_day, $6::timestamp, m.start_zone,
       $6::timestamp + (m.end_at - m.start_at) + case when m.all_day then interval '0' else interval '15 minutes' end, m.end_zone
     from events m where m.id = $3 returning id`,
    [companyId, calendarId, row.id, JSON.stringify(original), title, wallOf(original)],
  );
  const what = "a changed occurrence";
  return [{ side: "here", what, id: rows[0]?.id ?? "", expect: { title }, more: 1 }];
}

type Original = NonNullable<Row["original_start"]>;

function originalOf(time: GoogleTime, calendarZone: string, series: Row): Original {
  if (time.date !== undefined) return { date: time.date };
  const zone = series.start_zone ?? time.timeZone ?? calendarZone;
  return { local: wallAt(Date.parse(time.dateTime ?? ""), zone), zone };
}

function wallOf(original: Original): string {
  return "date" in original ? original.date : original.local;
}
