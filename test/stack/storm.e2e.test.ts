import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const rings = 500;
const stormMs = 10_000;
const meeting = { start: { date: "2026-12-01" }, end: { date: "2026-12-02" } };

let stack: Stack;
let team: Connected;
let bystander: Connected;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    env: { SESSION_SPACING_MIN_MS: "1000", SESSION_SPACING_MAX_MS: "30000", LINGER_MS: "3000" },
  });
  [team, bystander] = await Promise.all([stack.connect({ watchable: true }), stack.connect()]);
  await Promise.all([team.sync(), bystander.sync()]);
  await until(async () => (await channelOf(team)) !== undefined);
  // The storm is ours alone, so that the number of rings is known.
  await stack.google.notifications({ mode: "drop" });
});
afterAll(() => stack?.stop());

interface Channel {
  id: string;
  resource: string;
  resourceId: string;
  token: string;
  address: string;
}

async function channelOf(connected: Connected): Promise<Channel | undefined> {
  const { channels } = await stack.google.call<{ channels: Channel[] }>("GET", "/channels");
  return channels.find(({ resource }) => resource === connected.googleCalendar);
}

/** Sends a notification as Google does; answers how long we took. */
async function notify(channel: Channel, messageNumber: number): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(channel.address, {
    method: "POST",
    headers: {
      "x-goog-channel-id": channel.id,
      "x-goog-channel-token": channel.token,
      "x-goog-resource-id": channel.resourceId,
      "x-goog-resource-state": "exists",
      "x-goog-message-number": String(messageNumber),
    },
  });
  await response.arrayBuffer();
  expect(response.status).toBe(200);
  return performance.now() - startedAt;
}

/** 500 notifications spread over ten seconds, with a change in Google before every fiftieth. */
async function storm(channel: Channel): Promise<number[]> {
  const answers: Promise<number>[] = [];
  const beganAt = performance.now();
  for (let ring = 1; ring <= rings; ring++) {
    if (ring % 50 === 0)
      await stack.google.create(team.googleCalendar, { summary: `change ${ring}`, ...meeting });
    answers.push(notify(channel, 1_000 + ring));
    await sleep(beganAt + (ring * stormMs) / rings - performance.now());
  }
  return Promise.all(answers);
}

const sessionsOf = (connected: Connected) =>
  stack.psql<{ trigger: string; status: string; ms: number }>(
    `select trigger, status, extract(epoch from completed_at - created_at) * 1000 as ms from sync_sessions
     where connection_id = $1 order by created_at`,
    [connected.connectionId],
  );

describe("a storm of notifications on one connection (F40)", () => {
  it("is answered at once, served by a few sessions, and its last change is there", async () => {
    const channel = await channelOf(team);
    if (!channel) throw new Error("no channel was opened");
    const before = (await sessionsOf(team)).length;
    const [answers, beside] = await Promise.all([
      storm(channel),
      sleep(stormMs / 2).then(() => bystander.sync(5_000)),
    ]);
    await team.quiescent(40_000);
    const sessions = (await sessionsOf(team)).slice(before);
    const [p50, p99] = [0.5, 0.99].map((share) =>
      Math.round(answers.toSorted((a, b) => a - b)[Math.floor(share * rings)] ?? 0),
    );
    console.info(
      `${rings} rings in ${stormMs} ms: answered at p50 ${p50} ms, p99 ${p99} ms, served by ${sessions.length} sessions`,
    );

    expect(sessions.length).toBeLessThanOrEqual(6);
    expect(
      sessions.every(({ trigger, status }) => trigger === "webhook" && status === "completed"),
    ).toBe(true);
    const titles = await stack.psql<{ title: string }>(
      "select title from events where calendar_id = $1",
      [team.calendarId],
    );
    expect(titles.map(({ title }) => title).toSorted()).toEqual(
      Array.from({ length: rings / 50 }, (_, at) => `change ${(at + 1) * 50}`).toSorted(),
    );
    expect(beside).toMatchObject({ status: "completed", provider_calls: 1 });
  });

  it("is not raised by what is not genuine: another token, resource, channel, or a number said before (I11)", async () => {
    const channel = await channelOf(team);
    if (!channel) throw new Error("no channel was opened");
    const before = (await sessionsOf(team)).length;
    await notify({ ...channel, token: `${channel.token}x` }, 9_000);
    await notify({ ...channel, resourceId: "another" }, 9_000);
    await notify({ ...channel, id: "00000000-0000-4000-8000-000000000000" }, 9_000);
    await notify(channel, 1_500);
    expect(await sessionsOf(team)).toHaveLength(before);
  });
});
