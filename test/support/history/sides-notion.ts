import type { NotionSide } from "../connected-notion.ts";
import type { NotionPage } from "../notion.ts";
import type { Stack } from "../stack.ts";
import { clockOf } from "./person-notion.ts";
import type { Plain } from "./sides.ts";
import { zone } from "./values.ts";

/** What Notion holds of an event. */
export type Page = Pick<Plain, "title" | "description" | "location" | "start" | "end">;

export interface NotionPages {
  /** By the ids of our side. */
  pages: Map<string, Page>;
  /** Living in Notion and linked to nothing of ours. */
  unlinked: NotionPage[];
  /** Events that are kept out, and why. */
  keptOut: Map<string, string | null>;
}

export async function readNotion(stack: Stack, side: NotionSide): Promise<NotionPages> {
  const links = await stack.psql<{
    event_id: string;
    remote_id: string | null;
    state: string;
    reason: string | null;
  }>(
    "select event_id, remote_id, state, reason from links where connection_id = $1 and event_id is not null and state <> 'tombstone'",
    [side.connectionId],
  );
  const byPage = new Map(links.map((link) => [link.remote_id, link.event_id]));
  const living = await stack.notion.living(side.table);
  return {
    pages: new Map(
      living.flatMap((page) => {
        const id = byPage.get(page.id);
        return id ? [[id, plainOf(page)] as const] : [];
      }),
    ),
    // What has no date is no event.
    unlinked: living.filter((page) => !byPage.has(page.id) && page.properties["Date"]?.["date"]),
    keptOut: new Map(
      links
        .filter(({ state }) => state === "kept-out")
        .map(({ event_id, reason }) => [event_id, reason]),
    ),
  };
}

export function plainOf({ properties }: NotionPage): Page {
  const runs = (name: string, type: string) =>
    ((properties[name]?.[type] ?? []) as { plain_text: string }[])
      .map((run) => run.plain_text)
      .join("");
  const { date } = properties["Date"] as unknown as { date: { start: string; end: string | null } };
  return {
    title: runs("Name", "title"),
    description: runs("Description", "rich_text"),
    location: runs("Location", "rich_text"),
    ...spanOf(date.start, date.end),
  };
}

function spanOf(start: string, end: string | null): { start: string; end: string } {
  if (start.includes("T"))
    return { start: `${clockOf(start)} ${zone}`, end: `${clockOf(end ?? start)} ${zone}` };
  const after = new Date(Date.parse(end ?? start) + 86_400_000);
  return { start, end: after.toISOString().slice(0, 10) };
}
