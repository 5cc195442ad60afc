import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { apiKey, type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const [rings, stormMs] = process.env["SYNCLINE_LONG"] ? [10_000, 60_000] : [1_000, 10_000];
const secret = "made-up-signing-secret";
const meeting = { start: { date: "2026-12-01" }, end: { date: "2026-12-02" } };

let stack: Stack;
let team: Connected;
let bystander: Connected;
let ways: Record<string, (nth: number) => Promise<Response>>;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    env: {
      SESSION_SPACING_MIN_MS: "1000",
      SESSION_SPACING_MAX_MS: "30000",
      LINGER_MS: "3000",
      REQUESTS_PER_MINUTE: "1000000",
      SLACK_SIGNING_SECRET: secret,
    },
  });
  const { companyId, call } = await ownerOf(stack);
  [team, bystander] = await Promise.all([
    stack.connect({ companyId, watchable: true }),
    stack.connect(),
  ]);
  await Promise.all([team.sync(), bystander.sync()]);
  await call("PUT", "/slack/teams/T1", { role: "member" });
  ways = { ...byCall(), slack: bySlack, webhook: await byWebhook(), page: await byPage(call) };
  await stack.google.notifications({ mode: "drop" });
  await team.quiescent();
});
afterAll(() => stack?.stop());

function byCall(): Record<string, () => Promise<Response>> {
  const post = (path: string, body?: object) => () =>
    fetch(`${stack.apiUrl}/api${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
  return {
    person: post(`/connections/${team.connectionId}/sync`),
    "public API": post("/sync", { connectionId: team.connectionId }),
  };
}

/** Each command is another one, as typed by another person: a repeated one would be refused. */
function bySlack(nth: number): Promise<Response> {
  const at = String(Math.floor(Date.now() / 1000));
  const body = new URLSearchParams({
    command: "/sync",
    text: `now ${team.connectionId}`,
    team_id: "T1",
    user_id: `U${nth}`,
  }).toString();
  const digest = createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex");
  return fetch(`${stack.apiUrl}/api/slack/commands`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": at,
      "x-slack-signature": `v0=${digest}`,
    },
    body,
  });
}

async function byWebhook(): Promise<(nth: number) => Promise<Response>> {
  interface Channel {
    id: string;
    resource: string;
    resourceId: string;
    token: string;
    address: string;
  }
  const channel = await until(async () => {
    const { channels } = await stack.google.call<{ channels: Channel[] }>("GET", "/channels");
    return channels.find(({ resource }) => resource === team.googleCalendar);
  });
  return (nth) =>
    fetch(channel.address, {
      method: "POST",
      headers: {
        "x-goog-channel-id": channel.id,
        "x-goog-channel-token": channel.token,
        "x-goog-resource-id": channel.resourceId,
        "x-goog-resource-state": "exists",
        "x-goog-message-number": String(1_000 + nth),
      },
    });
}

async function byPage(
  call: Awaited<ReturnType<typeof ownerOf>>["call"],
): Promise<() => Promise<Response>> {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const rule = await call<{ id: string }>("POST", "/booking-rules", {
    calendarId: team.calendarId,
    title: "Slot",
    timeZone: "UTC",
    firstDate: tomorrow,
    startTime: "10:00",
    recurrence: "RRULE:FREQ=DAILY",
    durationMinutes: 30,
    horizonDays: 3,
    bookable: true,
  });
  const booked = await call<{ manageUrl: string }>("POST", "/bookings", {
    ruleId: rule.body.id,
    start: `${tomorrow}T10:00:00`,
    name: "Ada",
    email: "ada@example.test",
  });
  return () => fetch(booked.body.manageUrl);
}

/** Every way in turn, evenly spread, with a change in Google before every hundredth ring. */
async function storm(): Promise<{ status: number; ms: number }[]> {
  const turns = Object.values(ways);
  const answers: Promise<{ status: number; ms: number }>[] = [];
  const beganAt = performance.now();
  for (let ring = 1; ring <= rings; ring++) {
    if (ring % 100 === 0)
      await stack.google.create(team.googleCalendar, { summary: `change ${ring}`, ...meeting });
    const way = turns[ring % turns.length];
    const startedAt = performance.now();
    if (way)
      answers.push(
        way(ring).then(async (response) => {
          await response.arrayBuffer();
          return { status: response.status, ms: performance.now() - startedAt };
        }),
      );
    await sleep(beganAt + (ring * stormMs) / rings - performance.now());
  }
  return Promise.all(answers);
}

it(`S5.1, F40: ${rings} rings of one connection, from everywhere, are a few sessions, and the last change is there`, async () => {
  const count = "select count(*)::int as n from sync_sessions where connection_id = $1";
  const before = (await stack.psql<{ n: number }>(count, [team.connectionId]))[0]?.n ?? 0;
  const [answers, beside] = await Promise.all([
    storm(),
    sleep(stormMs / 2).then(() => bystander.sync(5_000)),
  ]);
  await team.quiescent(60_000);
  const sessions =
    ((await stack.psql<{ n: number }>(count, [team.connectionId]))[0]?.n ?? 0) - before;
  const sorted = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  console.info(
    `${rings} rings by ${Object.keys(ways).join(", ")} in ${stormMs} ms: answered at p99 ${Math.round(sorted[Math.floor(rings * 0.99)] ?? 0)} ms, served by ${sessions} sessions`,
  );
  expect(answers.filter(({ status }) => status >= 300)).toEqual([]);
  expect(sessions).toBeLessThanOrEqual(8);
  const titles = await stack.psql<{ title: string }>(
    "select title from events where calendar_id = $1 and title like 'change %'",
    [team.calendarId],
  );
  expect(titles).toHaveLength(rings / 100);
  expect(beside).toMatchObject({ status: "completed", provider_calls: 1 });
}, 240_000);
