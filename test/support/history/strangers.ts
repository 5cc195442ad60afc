import { isDeepStrictEqual } from "node:util";
import type { NotionSide } from "../connected-notion.ts";
import type { Stack } from "../stack.ts";
import { day } from "../trouble.ts";
import type { World } from "./world.ts";

/**
 * Puts somebody else's things within reach of a history: a calendar of the same account at Google, a
 * database shared with the same token at Notion, a row without a date in the history's own database, and
 * a calendar of the same company that is connected to nothing.
 * @returns says in words what of it has been touched since then; nothing: an empty list (I7)
 */
export async function meetStrangers({
  stack,
  connected,
  notion,
}: World): Promise<() => Promise<string[]>> {
  const calendar = `private-${connected.googleCalendar}`;
  await stack.google.account(connected.email, [{ id: calendar, timeZone: "Europe/Amsterdam" }]);
  await stack.google.create(calendar, { ...day, summary: "private" });
  const unconnected = await anotherCalendar(stack, connected.companyId);
  const pages = notion ? await pagesOfOthers(stack, notion) : [];
  const read = async () => ({
    google: await stack.google.dump(calendar),
    notion: await Promise.all(pages.map((id) => stack.notion.page(id))),
    here: await stack.psql("select * from events where calendar_id = $1", [unconnected]),
  });
  const before = await read();
  return async () => {
    const now = await read();
    return isDeepStrictEqual(now, before)
      ? []
      : [`I7: a stranger's ${JSON.stringify(before)} has become ${JSON.stringify(now)}`];
  };
}

async function anotherCalendar(stack: Stack, companyId: string): Promise<string> {
  const [made] = await stack.psql<{ id: string }>(
    "insert into calendars (company_id, name, zone) values ($1, 'Private', 'Europe/Amsterdam') returning id",
    [companyId],
  );
  const id = made?.id ?? "";
  await stack.psql(
    `insert into events (company_id, calendar_id, title, all_day, start_at, end_at)
     values ($1, $2, 'private', true, '2026-12-01', '2026-12-02')`,
    [companyId, id],
  );
  return id;
}

async function pagesOfOthers({ notion }: Stack, { table }: NotionSide): Promise<string[]> {
  const other = await notion.database({ title: "Private", properties: { Date: "date" } });
  await notion.databaseAct(other.id, "share");
  const named = { Name: { title: [{ text: { content: "private" } }] } };
  const dated = { ...named, Date: { date: { start: "2026-12-01" } } };
  const made = [
    await notion.create(other.dataSources[0]?.id ?? "", dated),
    await notion.create(table, named),
  ];
  return made.map(({ id }) => id);
}
