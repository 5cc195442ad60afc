import * as z from "zod";
import {
  type Call,
  idParameter,
  openPage,
  type Operation,
  type Outcome,
  queryOf,
} from "./api-context.ts";
import { blockView, keptBlocks } from "./blocks.ts";
import { checked } from "./check-body.ts";
import { walkOf } from "./cursor.ts";
import { notFound } from "./errors.ts";
import type { Notion } from "./notion.ts";
import type { Page } from "./objects.ts";
import { refuseTrashed, touch } from "./page-writes.ts";
import { cutPage, pagingFields, pagingQuery } from "./paging.ts";
import { userView } from "./value-view.ts";
import { botView, dataSourceView, pageView, titleOf } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

const listQuery = z.strictObject(pagingQuery);
const searchBody = z.strictObject({
  query: z.string().optional(),
  filter: z
    .strictObject({ property: z.literal("object"), value: z.enum(["page", "data_source"]) })
    .optional(),
  sort: z
    .strictObject({
      timestamp: z.literal("last_edited_time"),
      direction: z.enum(["ascending", "descending"]),
    })
    .optional(),
  ...pagingFields,
});
const appendBody = z.strictObject({
  children: z.array(z.looseObject({})).min(1).max(100),
  after: z.string().optional(),
});

interface Listed {
  readonly id: string;
  readonly view: () => JsonObject;
}

function list(
  call: Call,
  type: string,
  walk: string,
  all: readonly Listed[],
  asked: z.infer<typeof listQuery>,
): JsonObject {
  const { entries, cursor } = cutPage(call.notion, walk, all, asked);
  const results = entries.map((entry): Json => entry.view());
  return {
    object: "list",
    results,
    next_cursor: cursor,
    has_more: cursor !== null,
    type,
    [type]: {},
  };
}

function me({ notion, bot }: Call): Outcome {
  return { show: () => botView(notion, bot.id) };
}

function users(call: Call): Outcome {
  const { notion } = call;
  const people = [...notion.people.values()].map((one) => ({
    id: one.id,
    view: () => userView(one, one.id),
  }));
  const bots = [...notion.bots.bots.keys()].map((id) => ({ id, view: () => botView(notion, id) }));
  const asked = queryOf(call, listQuery);
  return { show: () => list(call, "user", walkOf("users"), [...people, ...bots], asked) };
}

function user(call: Call): Outcome {
  const { notion } = call;
  const id = idParameter(call, "user_id");
  const person = notion.people.get(id);
  if (person === undefined && !notion.bots.bots.has(id)) throw notFound("user", id);
  return { show: () => (person === undefined ? botView(notion, id) : userView(person, id)) };
}

/** The pages as far as the index of the search knows them yet. */
function pagesSeen(notion: Notion): Page[] {
  const { pages, history, clock } = notion;
  const lag = notion.lagMs();
  return [...pages.values()].flatMap((page) => history.seen(page.id, page, clock.now(), lag) ?? []);
}

function search(call: Call): Outcome {
  const { notion, bot, body } = call;
  const asked = checked(searchBody, body);
  const wanted = asked.query?.toLowerCase() ?? "";
  const matches = (id: string, title: string): boolean =>
    title.toLowerCase().includes(wanted) && notion.canSee(bot, id);
  const sources = [...notion.dataSources.values()]
    .filter(
      (one) => !one.inTrash && !notion.hasTrashedAncestor(one.id) && matches(one.id, one.name),
    )
    .map((one) => ({ id: one.id, at: one.editedAt, view: () => dataSourceView(notion, one) }));
  const pages = pagesSeen(notion)
    .filter((one) => !one.inTrash && matches(one.id, titleOf(one)))
    .map((one) => ({ id: one.id, at: one.editedAt, view: () => pageView(notion, one) }));
  const kind = asked.filter?.value;
  const found = [...(kind === "page" ? [] : sources), ...(kind === "data_source" ? [] : pages)];
  const sign = asked.sort?.direction === "ascending" ? 1 : -1;
  found.sort((one, other) => (one.at - other.at) * sign);
  const { start_cursor: cursor, page_size: size } = asked;
  const page = { start_cursor: cursor ?? undefined, page_size: size };
  return {
    show: () =>
      list(call, "page_or_data_source", walkOf("search", wanted, asked.filter), found, page),
  };
}

function children(call: Call): Outcome {
  const { notion } = call;
  const page = openPage(call, idParameter(call, "block_id"), "block");
  const asked = queryOf(call, listQuery);
  const blocks = page.blocks.map((block) => ({
    id: block.id,
    view: () => blockView(block, page.id, (at) => notion.shownTime(at)),
  }));
  return {
    pageId: page.id,
    show: () => list(call, "block", walkOf("blocks", page.id), blocks, asked),
  };
}

function append(call: Call): Outcome {
  const { notion, actor, body } = call;
  const page = openPage(call, idParameter(call, "block_id"), "block");
  const asked = checked(appendBody, body);
  refuseTrashed(notion, page);
  const made = keptBlocks(asked.children, actor, notion.clock.now());
  const before = structuredClone(page);
  const after = page.blocks.findIndex(({ id }) => id === asked.after);
  page.blocks.splice(after < 0 ? page.blocks.length : after + 1, 0, ...made);
  touch(notion, actor, page, before);
  notion.webhooks.signal("page.content_updated", page.id, actor);
  const shown = made.map((block) => ({
    id: block.id,
    view: () => blockView(block, page.id, (at) => notion.shownTime(at)),
  }));
  return { pageId: page.id, show: () => list(call, "block", walkOf("made"), shown, {}) };
}

export const otherOperations: readonly Operation[] = [
  { id: "users.me", verb: "get", path: "/users/me", needs: undefined, run: me },
  { id: "users.list", verb: "get", path: "/users", needs: undefined, run: users },
  { id: "users.retrieve", verb: "get", path: "/users/:user_id", needs: undefined, run: user },
  { id: "search", verb: "post", path: "/search", needs: "read", run: search },
  {
    id: "blocks.children.list",
    verb: "get",
    path: "/blocks/:block_id/children",
    needs: "read",
    run: children,
  },
  {
    id: "blocks.children.append",
    verb: "patch",
    path: "/blocks/:block_id/children",
    needs: "insert",
    run: append,
  },
];
