import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { Unavailable } from "../../connectors/errors.ts";
import { randomOf } from "../support/random.ts";
import { startRecordsEngine } from "../support/records-engine.ts";

const count = process.env["SYNCLINE_LONG"] ? 500 : 60;
const rounds = 4;

let engine: Awaited<ReturnType<typeof startRecordsEngine>>;
beforeAll(async () => {
  engine = await startRecordsEngine(inject("databaseUrl"));
});
afterAll(() => engine.stop());

type Shop = Awaited<ReturnType<typeof engine.connect>>;

/** What is to happen to the next request, and to a step of ours. */
interface Trouble {
  during: (() => void)[];
  failing: number;
  crashIn: number;
}

/**
 * A shop that lives on while we read it. Every item changes at most once before a session that is sure
 * to see it, so that our log has to be the shop's own, entry by entry.
 */
async function play(seed: number): Promise<{ theirs: string[]; ours: string[]; shop: Shop }> {
  const random = randomOf(seed);
  const trouble: Trouble = { during: [], failing: 0, crashIn: 0 };
  const shop = await engine.connect({
    pageSize: 1 + random.upTo(4),
    snapshotOnly: random.chance(0.3),
    before: (request) => {
      if (request.startsWith("page")) trouble.during.shift()?.();
      if (trouble.failing > 0 && trouble.failing-- === 1) throw new Unavailable(`${request}: 502`);
    },
    crash: () => {
      if (trouble.crashIn > 0 && trouble.crashIn-- === 1) throw new Error("the worker was killed");
    },
  });
  const theirs: string[] = [];
  const once = new Set<number>();
  const change = (ids: number[]) => {
    for (const id of ids) {
      if (once.has(id)) continue;
      once.add(id);
      theirs.push(changeOne(shop, id, random));
    }
  };
  for (let round = 0; round < rounds; round++) {
    once.clear();
    change(random.some(20, 6));
    trouble.during = Array.from({ length: random.upTo(5) }, () => () => change(random.some(20, 2)));
    trouble.failing = random.chance(0.3) ? 1 + random.upTo(6) : 0;
    trouble.crashIn = random.chance(0.2) ? 1 + random.upTo(8) : 0;
    await throughTrouble(shop, trouble);
    // A second session, in which nothing happens, sees what was passed over in the first.
    trouble.during = [];
    trouble.failing = 0;
    trouble.crashIn = 0;
    await shop.session();
  }
  return { theirs, ours: await oursOf(shop), shop };
}

function changeOne(shop: Shop, id: number, random: ReturnType<typeof randomOf>): string {
  const { store } = shop;
  const was = store.items().get(String(id))?.item.content;
  if (was && random.chance(0.3)) {
    store.remove(String(id));
    return `${id} deleted`;
  }
  const is = { name: `item ${id}`, price: random.upTo(1_000_000) };
  store.put(String(id), is);
  return `${id} ${was ? "updated" : "made"} ${is.price}`;
}

/** Sessions until one ends well: a worker that dies, or a page that fails, only takes time. */
async function throughTrouble(shop: Shop, trouble: Trouble): Promise<void> {
  for (;;) {
    try {
      const { stopped } = await shop.session();
      if (stopped === null) return;
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("killed"))) throw error;
      trouble.crashIn = 0;
    }
  }
}

async function oursOf(shop: Shop): Promise<string[]> {
  const rows = await engine.psql<{ id: string; action: string; price: number | null }>(
    `select c.remote_id as id, c.action, (v.content->>'price')::int as price from record_changes c
     join record_versions v on v.record_id = c.record_id and v.version = c.version
     where c.connection_id = $1 and c.stream = 'items' order by c.id`,
    [shop.connectionId],
  );
  return rows.map(({ id, action, price }) =>
    action === "deleted"
      ? `${id} deleted`
      : `${id} ${action === "updated" ? "updated" : "made"} ${price}`,
  );
}

/** The entries of each item, in their order; what different items did at one time has none. */
function byItem(log: readonly string[]): Record<string, string[]> {
  const items: Record<string, string[]> = {};
  for (const entry of log) (items[entry.split(" ")[0] ?? ""] ??= []).push(entry);
  return items;
}

it(`I3, I6, I10, I13: the change log is the provider's own, entry by entry, in ${count} histories with kills, failing pages and changes while paging`, async () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const { theirs, ours, shop } = await play(seed);
    if (JSON.stringify(byItem(ours)) !== JSON.stringify(byItem(theirs)))
      broken.push(`seed ${seed}: theirs ${theirs.join("; ")} | ours ${ours.join("; ")}`);
    const there = Object.fromEntries(
      [...shop.store.items()].map(([id, { item }]) => [id, item.content]),
    );
    expect(await shop.known(), `seed ${seed}`).toEqual(there);
  }
  expect(broken.slice(0, 3)).toEqual([]);
}, 1_200_000);
