import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { createTarget } from "../../db/notification-targets.ts";
import { openKeyRing } from "../../db/secrets.ts";
import type { Connected } from "../support/connected.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { inStep, strike } from "../support/trouble.ts";
import { until } from "../support/until.ts";

let stack: Stack;
const settings: Record<string, string> = {};
beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    workers: 0,
  });
  Object.assign(settings, {
    ALERT_TICK_MS: "1000",
    NOTIFY_ALLOWED_HOSTS: new URL(stack.google.url).host,
  });
  await stack.startWorker(settings);
});
afterAll(() => stack?.stop());

const companies = 8;
const perCompany = 4;
const count = companies * perCompany;

/** A webhook and a Slack channel of the sandbox for a company. */
async function tell(companyId: string): Promise<void> {
  const addresses = {
    webhook: `${stack.google.url}/sinks/webhook/${companyId}`,
    slack: `${stack.google.url}/sinks/slack/services/T00000001/B00000001/${companyId.replaceAll("-", "")}`,
  };
  for (const [kind, address] of Object.entries(addresses))
    await stack.db.withCompany(companyId, (tx) =>
      createTarget(tx, openKeyRing([stack.key]), {
        id: crypto.randomUUID(),
        companyId,
        kind: kind as "webhook" | "slack",
        name: kind,
        address,
        tail: "…",
        minSeverity: "error",
        secret: kind === "webhook" ? `whsec_${Buffer.alloc(32).toString("base64")}` : null,
      }),
    );
}

interface Arrival {
  sink: string;
  accepted: boolean;
  content: { body: string };
}

/** The notices that webhooks got, as often as they did. */
async function arrived(): Promise<{ id: number; kind: string }[]> {
  const { messages } = await stack.google.call<{ messages: Arrival[] }>(
    "GET",
    "/sinks/messages?accepted=true&sink=webhook",
  );
  return messages.flatMap(
    ({ content }) =>
      (JSON.parse(content.body) as { data: { notices: { id: number; kind: string }[] } }).data
        .notices,
  );
}

const notices = (kinds: string[]) =>
  stack.psql<{ id: string; connection_id: string; kind: string; lateness: number }>(
    `select n.id, n.connection_id, n.kind, extract(epoch from n.at - c.last_error_at)::float8 as lateness
     from notices n join connections c on c.id = n.connection_id where n.kind = any($1) order by n.id`,
    [kinds],
  );

/** A failure that only a person can mend, of one of three kinds. */
async function breakFor(team: Connected, at: number): Promise<void> {
  if (at % 3 === 0) await stack.google.revoke(team.email);
  else if (at % 3 === 1)
    await strike(stack, team, { status: 404, reason: "notFound", times: 100_000 });
  else await strike(stack, team, { status: 403, reason: "forbidden", times: 100_000 });
}

it(`I16: each of ${count} permanent failures is told once within 60 s, and its end once, whoever dies`, async () => {
  const teams: Connected[] = [];
  for (let company = 0; company < companies; company++) {
    const first = await inStep(stack, 1);
    await tell(first.companyId);
    teams.push(first);
    while (teams.length % perCompany !== 0) teams.push(await inStep(stack, 1, first.companyId));
  }
  for (const [at, team] of teams.entries()) await breakFor(team, at);
  await Promise.all(teams.map((team) => team.ring()));
  // The worker dies twice in the midst of it.
  for (const pauseMs of [1_500, 700]) {
    await sleep(pauseMs);
    await stack.killWorkers();
    await stack.startWorker(settings);
  }
  const bad = ["failed", "needs_reauth"];
  await until(async () => (await notices(bad)).length >= count, 120_000);
  // Nobody is told again, however often the failure is met again.
  await Promise.all(teams.map((team) => team.ring()));
  await sleep(4_000);
  const told = await notices(bad);
  expect(told.map((notice) => notice.connection_id).toSorted()).toEqual(
    teams.map(({ connectionId }) => connectionId).toSorted(),
  );
  expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(bad));

  await stack.google.noFaults();
  for (const [at, team] of teams.entries()) if (at % 3 === 0) await team.grantAgain();
  await Promise.all(teams.map((team) => team.ring()));
  await until(async () => (await notices(["recovered"])).length >= count, 120_000);
  await until(
    async () => (await stack.psql("select 1 from deliveries where state = 'pending'")).length === 0,
    120_000,
  );
  await sleep(3_000);
  const all = await notices([...bad, "recovered", "late", "held"]);
  expect(all).toHaveLength(2 * count);
  const got = (await arrived()).map(({ id }) => id).toSorted((a, b) => a - b);
  expect(got).toEqual(all.map(({ id }) => Number(id)));
  const latest = Math.max(...told.map(({ lateness }) => lateness));
  expect(latest).toBeLessThan(60);
  console.log(`${count} failures told, the latest ${latest.toFixed(1)} s after it was met`);
});
