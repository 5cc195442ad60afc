import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import type { NotionSide } from "../support/connected-notion.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { insert } from "../support/trouble.ts";
import { until } from "../support/until.ts";

let stack: Stack;
let owner: Awaited<ReturnType<typeof ownerOf>>;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
  });
  owner = await ownerOf(stack);
});
afterAll(() => stack?.stop());

interface Hub {
  team: Connected;
  notion: NotionSide;
}

/** A calendar of the owner's company in Google and in Notion. */
async function hub(policy: "newest" | "ask" = "newest"): Promise<Hub> {
  const team = await stack.connect({ companyId: owner.companyId });
  return { team, notion: await stack.connectNotion(team, { policy }) };
}

async function rest({ team, notion }: Hub): Promise<void> {
  for (const side of [team, notion, team, notion]) {
    expect((await side.sync()).status).toBe("completed");
    await side.quiescent();
  }
}

const text = (content: string) => [{ text: { content } }];
const named = (title: string) => ({ Name: { title: text(title) } });
const titlesAtGoogle = async ({ team }: Hub) =>
  (await stack.google.living(team.googleCalendar)).map(({ summary }) => summary).toSorted();
const titlesInNotion = async ({ notion }: Hub) =>
  (await stack.notion.living(notion.table))
    .map(({ properties }) =>
      ((properties["Name"]?.["title"] ?? []) as { plain_text: string }[])
        .map((run) => run.plain_text)
        .join(""),
    )
    .toSorted();
const titlesHere = async ({ team }: Hub) =>
  (
    await stack.psql<{ title: string }>(
      "select title from events where calendar_id = $1 and deleted_at is null order by title",
      [team.calendarId],
    )
  ).map(({ title }) => title);
const everywhere = async (of: Hub) => [
  await titlesHere(of),
  await titlesAtGoogle(of),
  await titlesInNotion(of),
];

/** The one event that there is, in the words of each side. */
async function ids({ team, notion }: Hub) {
  const [event] = await stack.psql<{ id: string }>(
    "select id from events where calendar_id = $1 and deleted_at is null",
    [team.calendarId],
  );
  const [atGoogle] = await stack.google.living(team.googleCalendar);
  const [page] = await stack.notion.living(notion.table);
  return { here: event?.id ?? "", google: atGoogle?.id ?? "", page: page?.id ?? "" };
}

/** Calls that changed something at either provider since then. */
const writesSince = async (seq: number, of: Hub) => {
  const calls = (await stack.google.requests(seq)).filter(({ status }) => status < 300);
  const at = (part: string, methods: string[]) =>
    calls.filter(({ method, path }) => methods.includes(method) && path.includes(part)).length;
  return {
    google: at(encodeURIComponent(of.team.googleCalendar), ["POST", "PATCH", "PUT", "DELETE"]),
    notion: at("/v1/pages", ["POST", "PATCH"]),
  };
};
const now = async () => (await stack.google.requests()).at(-1)?.seq ?? 0;

describe("a calendar with two connections", () => {
  it("sends a change of one field as one write to each other connection, wherever it was made", async () => {
    const both = await hub();
    await insert(stack, both.team, "one");
    await rest(both);
    const { here, google, page } = await ids(both);
    const edits: [string, () => Promise<unknown>, object][] = [
      [
        "here",
        () => stack.psql("update events set title = 'here' where id = $1", [here]),
        { google: 1, notion: 1 },
      ],
      [
        "google",
        () => stack.google.patch(both.team.googleCalendar, google, { summary: "google" }),
        { google: 0, notion: 1 },
      ],
      ["notion", () => stack.notion.edit(page, named("notion")), { google: 1, notion: 0 }],
    ];
    for (const [side, edit, writes] of edits) {
      const before = await now();
      await edit();
      await rest(both);
      expect([side, await writesSince(before, both)]).toEqual([side, writes]);
      expect(await everywhere(both)).toEqual([[side], [side], [side]]);
    }
  });

  it("keeps edits of different fields on three sides within one minute (F44, I3)", async () => {
    const both = await hub();
    await insert(stack, both.team, "one");
    await rest(both);
    const { here, google, page } = await ids(both);
    await stack.psql("update events set title = 'title here' where id = $1", [here]);
    await stack.google.patch(both.team.googleCalendar, google, { location: "place at Google" });
    await stack.notion.edit(page, { Description: { rich_text: text("text in Notion") } });
    await rest(both);
    const [event] = await stack.psql(
      "select title, location, description from events where id = $1",
      [here],
    );
    expect(event).toEqual({
      title: "title here",
      location: "place at Google",
      description: "text in Notion",
    });
    expect(JSON.stringify(await stack.google.living(both.team.googleCalendar))).toContain(
      "text in Notion",
    );
    expect(JSON.stringify(await stack.notion.living(both.notion.table))).toContain(
      "place at Google",
    );
  });

  it("of edits of one field within one minute one wins, and the other can be put back (F44, I3)", async () => {
    const both = await hub();
    await insert(stack, both.team, "one");
    await rest(both);
    const { here, page } = await ids(both);
    await stack.psql("update events set title = 'ours' where id = $1", [here]);
    await stack.notion.edit(page, named("theirs"));
    await rest(both);
    const [[winner] = []] = await everywhere(both);
    const loser = winner === "ours" ? "theirs" : "ours";
    expect(await everywhere(both)).toEqual([[winner], [winner], [winner]]);
    const found = await owner.call<{ data: { id: string }[] }>("GET", `/conflicts?eventId=${here}`);
    const keep = loser === "ours" ? "local" : "remote";
    const put = await owner.call("POST", `/conflicts/${found.body.data[0]?.id}/resolve`, { keep });
    expect(put.status).toBe(200);
    await rest(both);
    expect(await everywhere(both)).toEqual([[loser], [loser], [loser]]);
  });

  it.each(["local", "remote", "merge", "both"] as const)(
    "asks a person where both sides changed a field, and does as they choose: %s",
    async (keep) => {
      const both = await hub("ask");
      await insert(stack, both.team, "one");
      await rest(both);
      const { here, page } = await ids(both);
      await stack.psql("update events set title = 'ours' where id = $1", [here]);
      await stack.notion.edit(page, named("theirs"));
      await rest(both);
      expect(await everywhere(both)).toEqual([["ours"], ["ours"], ["theirs"]]);
      const open = await owner.call<{ data: { id: string }[] }>(
        "GET",
        `/conflicts?eventId=${here}&state=open`,
      );
      expect(open.body.data).toHaveLength(1);
      const value = keep === "merge" ? { value: "ours and theirs" } : {};
      await owner.call("POST", `/conflicts/${open.body.data[0]?.id}/resolve`, { keep, ...value });
      await rest(both);
      const titles = {
        local: ["ours"],
        remote: ["theirs"],
        merge: ["ours and theirs"],
        both: ["ours", "theirs"],
      }[keep];
      expect(await everywhere(both)).toEqual([titles, titles, titles]);
      const before = await now();
      await rest(both);
      expect(await writesSince(before, both)).toEqual({ google: 0, notion: 0 });
    },
  );

  it("is no other calendar's matter: nothing of it reaches that one's connections", async () => {
    const [first, second] = [await hub(), await hub()];
    await insert(stack, first.team, "of the first");
    await stack.notion.create(second.notion.table, {
      ...named("of the second"),
      Date: { date: { start: "2026-12-03" } },
    });
    await rest(first);
    await rest(second);
    expect(await everywhere(first)).toEqual([["of the first"], ["of the first"], ["of the first"]]);
    expect(await everywhere(second)).toEqual([
      ["of the second"],
      ["of the second"],
      ["of the second"],
    ]);
  });
});

describe("what Notion no longer shows", () => {
  it("a page in the trash is deleted everywhere; one that is moved or unshared nowhere, and is listed", async () => {
    const both = await hub();
    for (const title of ["moved", "trashed", "unshared"]) await insert(stack, both.team, title);
    await rest(both);
    const pages = await stack.notion.living(both.notion.table);
    const page = (title: string) =>
      pages.find(({ properties }) => JSON.stringify(properties["Name"]).includes(`"${title}"`))
        ?.id ?? "";
    const other = await stack.notion.database({ title: "Elsewhere", properties: { Date: "date" } });
    await stack.notion.trash(page("trashed"));
    await stack.notion.move(page("moved"), other.dataSources[0]?.id ?? "");
    await stack.notion.unshare(page("unshared"));
    await stack.psql(
      "update cursors set cursor = null, revision = revision + 1 where connection_id = $1",
      [both.notion.connectionId],
    );
    await rest(both);
    expect(await titlesHere(both)).toEqual(["moved", "unshared"]);
    expect(await titlesAtGoogle(both)).toEqual(["moved", "unshared"]);
    const aside = await owner.call<{ data: { reason: string }[] }>(
      "GET",
      `/connections/${both.notion.connectionId}/set-aside`,
    );
    expect(aside.body.data).toHaveLength(2);
  });

  it("a database that is no longer shared deletes nothing, and the connection says so (F25)", async () => {
    const both = await hub();
    await insert(stack, both.team, "stays");
    await rest(both);
    await stack.notion.databaseAct(both.notion.databaseId, "unshare");
    expect(await both.notion.sync()).toMatchObject({
      status: "error",
      error_code: "collection_missing",
    });
    await both.team.sync();
    expect(await titlesHere(both)).toEqual(["stays"]);
    expect(await titlesAtGoogle(both)).toEqual(["stays"]);
    expect((await owner.connection(both.notion.connectionId)).state).toBe("failing");
    await stack.notion.databaseAct(both.notion.databaseId, "share");
    await rest(both);
    expect(await titlesInNotion(both)).toEqual(["stays"]);
  });
});

it("a database of 12,000 pages is read whole, beyond what one query gives", async () => {
  const team = await stack.connect({ companyId: owner.companyId });
  const notion = await stack.connectNotion(team);
  // An import: all were made within one minute.
  await stack.notion.bulk(notion.table, { count: 12_000 });
  const session = await notion.sync(300_000);
  expect([session.status, session.local_created, session.local_failed]).toEqual([
    "completed",
    12_000,
    0,
  ]);
}, 400_000);

it("a signal of Notion's brings an edit at once, when an owner has confirmed the handshake", async () => {
  const both = await hub();
  await insert(stack, both.team, "one");
  await rest(both);
  const made = await owner.call<{ id: string; address: string }>("POST", "/subscriptions", {
    provider: "notion",
  });
  await stack.notion.subscribe(made.body.address);
  const confirm = () => owner.call("POST", `/subscriptions/${made.body.id}/confirm`, {});
  await until(async () => (await confirm()).status === 200);
  await stack.notion.edit((await ids(both)).page, named("edited"));
  await until(async () => (await titlesAtGoogle(both)).includes("edited"));
  expect(await everywhere(both)).toEqual([["edited"], ["edited"], ["edited"]]);
});
