import { setTimeout as sleep } from "node:timers/promises";
import { freshTables } from "./database.ts";
import type { Stage } from "./stage.ts";
import { median, quantile } from "./statistics.ts";
import { connect, type Connected, sync } from "./syncline.ts";

export interface Latency {
  p50: number;
  p99: number;
  /** Median share of the time between the ring and the start of its session: what Temporal takes. */
  temporal: number;
}

/** Enough connections that each has come to rest, its workflow ended, before its next turn. */
const connections = 24;
const everyMs = 250;
const restMs = 5_000;
const perCalendar = 5;
const patienceMs = 30_000;

export const latencyCalendars = Array.from(
  { length: connections },
  (_, at) => `small-${at}@example.test`,
);

interface Spoke extends Connected {
  items: { eventId: string; remoteId: string }[];
}

interface Edit {
  spoke: Spoke;
  eventId: string;
  remoteId: string;
  title: string;
  /** The sandbox's log before the measurement began. */
  since: number;
}

/** One way to go: who rings, how an edit begins, and when it has arrived. */
interface Way {
  trigger: "api" | "webhook";
  begin(stage: Stage, edit: Edit): Promise<unknown>;
  /** When it arrived, or null as long as it has not. */
  arrived(stage: Stage, edit: Edit): Promise<number | null>;
  lookEveryMs: number;
}

/** From the commit of a plain UPDATE until Google has answered the write, by the sandbox's own log. */
const commitToGoogle: Way = {
  trigger: "api",
  begin: ({ owner }, { title, eventId }) =>
    owner.query("update events set title = $1 where id = $2", [title, eventId]),
  async arrived({ sandbox }, { since, spoke, remoteId }) {
    const { requests } = await sandbox.requestsSince(since);
    // Every small calendar holds the same ids.
    const place = `/calendars/${spoke.remoteCalendarId}/events/${remoteId}`;
    const write = requests.find(
      ({ method, path }) => method === "PATCH" && decodeURIComponent(path).endsWith(place),
    );
    return write ? Date.parse(write.time) : null;
  },
  lookEveryMs: 100,
};

/** From the moment Google sends its notification until the row can be read. */
const notificationToRow: Way = {
  trigger: "webhook",
  begin: ({ sandbox }, { spoke, remoteId, title }) =>
    sandbox.edit(spoke.remoteCalendarId, remoteId, { summary: title }),
  async arrived({ owner }, { eventId, title }) {
    const text = "select 1 from events where id = $1 and title = $2";
    const { rowCount } = await owner.query(text, [eventId, title]);
    return rowCount === 1 ? Date.now() : null;
  },
  lookEveryMs: 5,
};

export async function measureLatency(
  stage: Stage,
  samples: number,
): Promise<{ toGoogle: Latency; toRow: Latency }> {
  await freshTables(stage.owner);
  await stage.sandbox.notifications("normal");
  await stage.sandbox.settings({ pushDelayMs: 0 });
  const spokes: Spoke[] = [];
  for (const id of latencyCalendars) {
    await stage.sandbox.fill(id, perCalendar);
    const connected = await connect(stage, id);
    await sync(stage, connected);
    spokes.push({ ...connected, items: await itemsOf(stage, connected) });
  }
  await sleep(restMs);
  const toGoogle = await measure(stage, spokes, samples, commitToGoogle);
  await sleep(restMs);
  return { toGoogle, toRow: await measure(stage, spokes, samples, notificationToRow) };
}

async function itemsOf({ owner }: Stage, { connectionId }: Connected): Promise<Spoke["items"]> {
  const { rows } = await owner.query<Spoke["items"][number]>(
    `select event_id as "eventId", remote_id as "remoteId" from links where connection_id = $1`,
    [connectionId],
  );
  return rows;
}

/** Open loop: the edits come by the clock, whether or not the ones before have arrived. */
async function measure(
  stage: Stage,
  spokes: readonly Spoke[],
  samples: number,
  way: Way,
): Promise<Latency> {
  const { last: since } = await stage.sandbox.requestsSince(0);
  const running: Promise<{ total: number; waiting: number }>[] = [];
  const began = Date.now();
  for (let at = 0; at < samples; at += 1) {
    await sleep(Math.max(0, began + at * everyMs - Date.now()));
    const spoke = spokes[at % spokes.length];
    const item = spoke?.items[Math.floor(at / spokes.length) % perCalendar];
    if (!spoke || !item) throw new Error("a small calendar was not synced");
    running.push(one(stage, { spoke, ...item, title: `${way.trigger} ${at}`, since }, way));
  }
  const found = await Promise.all(running);
  const totals = found.map(({ total }) => total);
  const shares = found.map(({ total, waiting }) => waiting / total);
  return { p50: quantile(totals, 0.5), p99: quantile(totals, 0.99), temporal: median(shares) };
}

async function one(stage: Stage, edit: Edit, way: Way) {
  await way.begin(stage, edit);
  const from = Date.now();
  let to: number | null = null;
  for (; to === null; to = await way.arrived(stage, edit)) {
    if (Date.now() - from > patienceMs) throw new Error("a change did not arrive within 30 s");
    await sleep(way.lookEveryMs);
  }
  const { rows } = await stage.owner.query<{ waiting: number }>(
    `select (extract(epoch from started_at - created_at) * 1000)::float8 as waiting from sync_sessions
     where connection_id = $1 and trigger = $2 and started_at is not null order by created_at desc limit 1`,
    [edit.spoke.connectionId, way.trigger],
  );
  return { total: to - from, waiting: rows[0]?.waiting ?? Number.NaN };
}
