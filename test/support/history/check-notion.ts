import { isDeepStrictEqual } from "node:util";
import type { NotionSide } from "../connected-notion.ts";
import { seats } from "./person-notion.ts";
import type { Played } from "./play.ts";
import type { Plain } from "./sides.ts";
import { type NotionPages, readNotion } from "./sides-notion.ts";

/** What a history has broken at Notion, in words. None where Notion is no side of it. */
export async function checkNotion(
  { world, ops }: Played,
  here: ReadonlyMap<string, Plain>,
): Promise<string[]> {
  if (!world.notion) return [];
  const sides = await readNotion(world.stack, world.notion);
  return [
    ...unequal(here, sides),
    ...series(here, sides),
    ...doubled(ops, sides),
    ...(await spoiled(world, world.notion)),
  ];
}

/** Values that nobody could keep: a person's edit between our read and our write of one property. */
export async function unpreventable({ world }: Played): Promise<string> {
  if (!world.notion) return "";
  const { table } = world.notion;
  const pages = new Set((await world.stack.notion.dump(table)).map(({ id }) => id));
  const lost = (await world.stack.notion.overwritten()).filter(({ page }) => pages.has(page));
  if (lost.length > 0) console.log(`seed ${world.seed}: ${lost.length} overwritten unseen`);
  return JSON.stringify(lost);
}

const isSeries = ({ recurrence, series }: Plain): boolean => recurrence.length > 0 || series !== "";

function unequal(here: ReadonlyMap<string, Plain>, { pages, unlinked }: NotionPages): string[] {
  const ids = new Set([
    ...[...here].flatMap(([id, plain]) => (isSeries(plain) ? [] : [id])),
    ...pages.keys(),
  ]);
  const different = [...ids].flatMap((id) => {
    const ours = here.get(id);
    const page = pages.get(id);
    const { title, description, location, start, end } = ours ?? {};
    const same = ours && isDeepStrictEqual({ title, description, location, start, end }, page);
    return same
      ? []
      : [`I1: ${id} differs: here ${JSON.stringify(ours)}, at Notion ${JSON.stringify(page)}`];
  });
  return [...different, ...unlinked.map(({ id }) => `I1: page ${id} is at Notion alone`)];
}

/** A series is nowhere in Notion, and says why. */
function series(here: ReadonlyMap<string, Plain>, { keptOut }: NotionPages): string[] {
  return [...here].flatMap(([id, plain]) =>
    isSeries(plain) && !keptOut.get(id) ? [`F46: ${id} is a series and not kept out`] : [],
  );
}

function doubled(ops: Played["ops"], { pages }: NotionPages): string[] {
  const titles = [...pages.values()].map(({ title }) => title);
  return ops.flatMap((op) => {
    if (op.do !== "create" && op.do !== "duplicate") return [];
    const count = titles.filter((title) => title.startsWith(`#${op.item}# `)).length;
    return count > 1 ? [`I4: #${op.item} is in Notion ${count} times`] : [];
  });
}

async function spoiled(world: Played["world"], { table }: NotionSide): Promise<string[]> {
  const made = [...world.pageIds].filter(([item]) => !world.copies.has(item));
  const theirs = new Set(made.map(([, id]) => id));
  const living = await world.stack.notion.living(table);
  return living.flatMap((page) => {
    if (!theirs.has(page.id)) return [];
    const isKept = page.properties["Seats"]?.["number"] === seats && page.blocks.length > 0;
    return isKept ? [] : [`I9: page ${page.id} has lost what we do not map`];
  });
}
