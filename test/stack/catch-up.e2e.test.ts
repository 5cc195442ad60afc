import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { startTemporal } from "../../start/temporal.ts";
import type { Temporal } from "../../start/temporal-server.ts";
import { createSchedules, type Schedule } from "../../temporal/schedules.ts";
import type { Connected } from "../support/connected.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

/** A server of its own: it is taken away while others run their tests. */
const dir = mkdtempSync(join(tmpdir(), "syncline-catch-up-"));
let temporal: Temporal;
let stack: Stack;
let team: Connected;

const everyMs = 12_000;
const jitterMs = 5_000;

beforeAll(async () => {
  temporal = await startTemporal({ dir, mode: "dev", port: 0, uiPort: 0 });
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: temporal.address,
  });
  team = await stack.connect();
  await team.sync();
});
afterAll(async () => {
  await stack?.stop();
  await temporal?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function schedule(more: Partial<Schedule> = {}): Promise<Schedule> {
  const { companyId, connectionId } = team;
  const cadence = { everyMinutes: everyMs / 60_000 };
  const made = { id: randomUUID(), companyId, connectionId, cadence, zone: "UTC", enabled: true };
  const all = { ...made, pausedReason: null, ...more };
  await stack.psql(
    "insert into schedules (id, company_id, connection_id, cadence) values ($1, $2, $3, $4)",
    [all.id, companyId, connectionId, JSON.stringify(cadence)],
  );
  await createSchedules(stack.temporal, stack.name).put(all);
  return all;
}

/** The runs that a schedule has started for times between these two, with the sessions that served them. */
async function runsOf({ id }: Schedule, from: number, to: number): Promise<string[]> {
  const found = await stack.psql<{ run: string }>(
    `select w as run from sync_sessions s, unnest(s.waiters) w
     where s.connection_id = $1 and s.status = 'completed' and w like $2`,
    [team.connectionId, `scheduled:${id}-%`],
  );
  return found
    .map(({ run }) => run)
    .filter((run) => {
      const at = Date.parse(run.slice(`scheduled:${id}-`.length));
      return at > from && at < to;
    });
}

/** All have just run, and none is under way: one that was would itself be what catches up. */
async function isQuiet(several: readonly Schedule[]): Promise<boolean> {
  const states = await Promise.all(
    several.map(({ id }) => stack.temporal.schedule.getHandle(`schedule:${id}`).describe()),
  );
  return states.every(({ info: { runningActions, recentActions } }) => {
    const last = recentActions.at(-1)?.takenAt.getTime() ?? 0;
    return runningActions.length === 0 && Date.now() - last < everyMs / 2;
  });
}

it("an outage that has cost a schedule several runs is caught up with by exactly one", async () => {
  const several = [await schedule(), await schedule()];
  await until(() => isQuiet(several), 90_000);
  const port = Number(temporal.address.split(":").at(-1));
  const from = Date.now();
  process.kill(temporal.pid, "SIGKILL");
  await temporal.exited;
  await sleep(3 * everyMs);
  const to = Date.now();
  temporal = await startTemporal({ dir, mode: "dev", port, uiPort: 0 });
  for (const one of several)
    await until(async () => (await runsOf(one, to, Date.now())).length > 0, 120_000);
  for (const one of several) expect(await runsOf(one, from, to)).toHaveLength(1);
  for (const one of several) await createSchedules(stack.temporal, stack.name).remove(one.id);
});

it("what would have run while it was paused is not caught up with", async () => {
  const one = await schedule();
  await until(async () => (await runsOf(one, 0, Date.now())).length > 0, 30_000);
  const schedules = createSchedules(stack.temporal, stack.name);
  await schedules.put({ ...one, enabled: false, pausedReason: "a holiday" });
  const from = Date.now();
  await sleep(3 * everyMs);
  const to = Date.now();
  await schedules.put(one);
  await until(async () => (await runsOf(one, to, Date.now())).length > 1, 30_000);
  // A run may be put off by the jitter, past the moment at which it was resumed.
  expect(await runsOf(one, from, to - jitterMs)).toEqual([]);
  await schedules.remove(one.id);
});
