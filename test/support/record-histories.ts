/**
 * Records a history of every workflow, by every way it can go, into `test/workflows/histories/`. Run it
 * when workflows go a new way (`npx tsx test/support/record-histories.ts`); names on the command line
 * record only those. What was recorded under older code is worth keeping under another
 * name: executions that began under it must go on under the new.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Plan } from "../../db/plan-rows.ts";
import { askToApply } from "../../db/plan-states.ts";
import { storeUndo } from "../../db/undo-plan.ts";
import { planUndoNow } from "../../db/undo.ts";
import { startTestEnvironment } from "../../start/environment.ts";
import {
  createConnectionWorkflows,
  startReminders,
  startSender,
} from "../../temporal/connection-workflows.ts";
import { createSchedules } from "../../temporal/schedules.ts";
import { eventFields } from "../../sync/event.ts";
import { notifyWorkflowId, remindersWorkflowId } from "../../workflows/messages.ts";
import type { Connected } from "./connected.ts";
import type { Staff } from "./connected-staff.ts";
import { type Stack, startStack } from "./stack.ts";
import type { History } from "./temporal-histories.ts";
import { hold, previewed } from "./stack-plans.ts";
import { until } from "./until.ts";

const folder = new URL("../workflows/histories/", import.meta.url);
const day = { start: { date: "2026-12-01" }, end: { date: "2026-12-02" } };

type Run = { workflowId: string; runId?: string | undefined };
type Scenario = (stack: Stack, team: Connected) => Promise<Run>;

/** The run that serves what `prepare` has brought about, from its first ring to its end. */
function sync(prepare: (stack: Stack, team: Connected) => Promise<unknown>): Scenario {
  return async (stack, team) => {
    await prepare(stack, team);
    const session = await team.sync();
    return { workflowId: `sync:${team.connectionId}`, runId: session.run_id };
  };
}

/** The same of a connection that is in step already; the run of its first import has ended. */
function syncLater(prepare: (stack: Stack, team: Connected) => Promise<unknown>): Scenario {
  return async (stack, team) => {
    const { run_id: runId } = await team.sync();
    await ended(stack, { workflowId: `sync:${team.connectionId}`, runId });
    return sync(prepare)(stack, team);
  };
}

/** A session of business data, in its three steps. */
const ofStaff =
  (prepare: (staff: Staff, stack: Stack) => Promise<unknown>): Scenario =>
  async (stack, team) => {
    const staff = await stack.connectStaff(team, 3);
    await prepare(staff, stack);
    const session = await staff.sync();
    return { workflowId: `sync:${staff.connectionId}`, runId: session.run_id };
  };

const strike = (stack: Stack, team: Connected, fault: object) =>
  stack.google.fault({ match: { path: encodeURIComponent(team.googleCalendar) }, ...fault });

const standing =
  (type: string, ...args: string[]): Scenario =>
  async (stack) => {
    const handle = await stack.temporal.workflow.start(type, {
      taskQueue: stack.name,
      workflowId: `${type}:${randomUUID()}`,
      args,
    });
    return { workflowId: handle.workflowId };
  };

const byPerson =
  (type: "disconnect" | "openOneChannel" | "stopChannels"): Scenario =>
  async (stack, team) => {
    const { disconnect, channels } = createConnectionWorkflows(stack.temporal, stack.name);
    await { disconnect, openOneChannel: channels.renew, stopChannels: channels.stop }[type](team);
    return { workflowId: `${type}:${team.connectionId}` };
  };

/** A person's schedule that fires once. */
const scheduled =
  (prepare: (stack: Stack, team: Connected) => Promise<unknown>): Scenario =>
  async (stack, team) => {
    await team.sync();
    await prepare(stack, team);
    const schedules = createSchedules(stack.temporal, stack.name);
    const { companyId, connectionId } = team;
    const id = randomUUID();
    await schedules.put({
      id,
      companyId,
      connectionId,
      zone: "UTC",
      enabled: true,
      pausedReason: null,
      cadence: { dailyAt: ["04:00"] },
    });
    const handle = stack.temporal.schedule.getHandle(`schedule:${id}`);
    await handle.trigger();
    const action = await until(
      async () => (await handle.describe()).info.recentActions.at(-1)?.action.workflow,
    );
    await schedules.remove(id);
    return { workflowId: action.workflowId, runId: action.firstExecutionRunId };
  };

/** The run in which a plan's session ends. */
function planned(prepare: (stack: Stack, team: Connected) => Promise<string>): Scenario {
  return async (stack, team) => {
    await stack.google.bulk(team.googleCalendar, { count: 3 });
    const { run_id: runId } = await team.ended(await prepare(stack, team), 60_000);
    return { workflowId: `sync:${team.connectionId}`, runId };
  };
}

async function aPreview(stack: Stack, team: Connected): Promise<Plan> {
  await hold(stack, team);
  return previewed(stack, team);
}

async function apply(stack: Stack, team: Connected, plan: Plan): Promise<string> {
  const asked = await stack.db.withCompany(team.companyId, (tx) =>
    askToApply(tx, plan.id, "a person"),
  );
  if (!asked) throw new Error("the plan waits no more");
  await stack.door.signalled(team);
  return asked.sessionId;
}

const nothing = async (): Promise<void> => undefined;
const pause = (stack: Stack, team: Connected) =>
  stack.psql("update connections set enabled = false where id = $1", [team.connectionId]);

const scenarios: Record<string, Scenario> = {
  "sync-first-import": sync((stack, team) =>
    stack.google.bulk(team.googleCalendar, { count: 12, recurringShare: 0.25 }),
  ),
  "sync-clean": syncLater(nothing),
  "sync-limited": syncLater((stack, team) =>
    strike(stack, team, { status: 429, headers: { "Retry-After": "1" } }),
  ),
  "sync-limited-already": syncLater((stack, team) =>
    stack.psql(
      "update connections set wait_until = now() + interval '2 seconds', wait_reason = 'quota' where id = $1",
      [team.connectionId],
    ),
  ),
  "sync-provider-down": syncLater((stack, team) => strike(stack, team, { status: 503, times: 20 })),
  "sync-needs-reauth": syncLater((stack, team) => stack.google.revoke(team.email)),
  "sync-cursor-forgotten": syncLater((stack, team) =>
    stack.google.expireSyncTokens(team.googleCalendar),
  ),
  "sync-rung-while-running": syncLater(async (stack, team) => {
    await strike(stack, team, { kind: "delay", delayMs: 500, times: 3 });
    for (let n = 0; n < 3; n++) {
      await team.ring();
      await until(
        async () =>
          (
            await stack.psql(
              "select 1 from rings where connection_id = $1 and running_session is not null",
              [team.connectionId],
            )
          ).length > 0,
      );
    }
  }),
  "sync-follow-up": syncLater(async (stack, team) => {
    await strike(stack, team, {
      match: { method: "POST", path: encodeURIComponent(team.googleCalendar) },
      status: 503,
    });
    await stack.psql(
      "insert into events (company_id, calendar_id, title, start_at, end_at) values ($1, $2, 'Event', '2026-12-02 10:00', '2026-12-02 11:00')",
      [team.companyId, team.calendarId],
    );
  }),
  "sync-nobody-has-rung": async (stack, team) => {
    const workflowId = `sync:${team.connectionId}`;
    const { run_id: runId } = await team.sync();
    await ended(stack, { workflowId, runId });
    await stack.door.signalled(team);
    return { workflowId };
  },
  "records-first": ofStaff(nothing),
  "records-again": ofStaff(async (staff, stack) => {
    const { run_id: runId } = await staff.sync();
    await ended(stack, { workflowId: `sync:${staff.connectionId}`, runId });
  }),
  "records-needs-reauth": ofStaff((staff) => staff.revoke()),
  "scheduled-completed": scheduled((stack, team) =>
    stack.google.create(team.googleCalendar, { summary: "Event", ...day }),
  ),
  "scheduled-failed": scheduled((stack, team) =>
    strike(stack, team, { status: 404, reason: "notFound" }),
  ),
  "scheduled-paused": scheduled(pause),
  "plan-preview": planned(async (stack, team) => (await aPreview(stack, team)).sessionId),
  "plan-apply": planned(async (stack, team) => apply(stack, team, await aPreview(stack, team))),
  "plan-undo": planned(async (stack, team) => {
    const { id: undoes } = await team.sync();
    const { companyId, connectionId } = team;
    const plan = await stack.db.withCompany(companyId, async (tx) =>
      storeUndo(
        tx,
        { companyId, connectionId, undoes, by: "a person", bringsBack: true },
        await planUndoNow(tx, { sessionId: undoes, connectionId, fields: eventFields }),
      ),
    );
    if (!plan) throw new Error("another plan is under way");
    return apply(stack, team, plan);
  }),
  remind: async (stack, team) => {
    const held = await stack.psql<{ id: string }>(
      `insert into plans (company_id, connection_id, session_id, side, reason, items)
       values ($1, $2, gen_random_uuid(), 'local', 'more than usual', 12) returning id`,
      [team.companyId, team.connectionId],
    );
    await startReminders(stack.temporal, stack.name, team.companyId);
    await until(
      async () =>
        (await stack.psql("select 1 from notices where company_id = $1", [team.companyId])).length >
        1,
    );
    await stack.psql("delete from plans where id = $1", [held[0]?.id]);
    return { workflowId: remindersWorkflowId(team.companyId) };
  },
  // One is due at once and one a little later: the sender sleeps in between.
  notify: async (stack, team) => {
    const { companyId } = team;
    await stack.psql(
      `with t as (insert into notification_targets (company_id, kind, name, address, tail, min_severity)
         select $1, 'slack', name, 'cannot be opened', '', 'info' from unnest(array['now', 'soon']) name returning id, name),
       n as (insert into notices (company_id, kind, severity, message) values ($1, 'failed', 'error', 'it fails') returning id)
       insert into deliveries (company_id, notice_id, target_id, next_attempt_at)
       select $1, n.id, t.id, now() + case name when 'soon' then interval '3 seconds' else '0' end from n, t`,
      [companyId],
    );
    await startSender(stack.temporal, stack.name, companyId);
    return { workflowId: notifyWorkflowId(companyId) };
  },
  watch: standing("watch"),
  sweep: standing("sweep"),
  "poll-due": standing("pollDue", "google-calendar"),
  "renew-channels": standing("renewChannels"),
  "clean-up": standing("cleanUp"),
  "open-one-channel": byPerson("openOneChannel"),
  "stop-channels": byPerson("stopChannels"),
  disconnect: byPerson("disconnect"),
};

async function ended(stack: Stack, { workflowId, runId }: Run) {
  const handle = stack.temporal.workflow.getHandle(workflowId, runId);
  await until(async () => (await handle.describe()).status.name !== "RUNNING", 60_000);
  return handle.fetchHistory();
}

/** Who ran it, and where, is nobody's business: workers are named by their host, stacks by their paths. */
function scrubbed(history: History): string {
  const text = JSON.stringify(
    history,
    (key, value: unknown) => {
      if (/identity$/i.test(key)) return "somebody";
      if (key === "stackTrace") return "";
      if (key === "taskQueue" && typeof value === "object" && value && "normalName" in value)
        return { ...value, name: "sticky" };
      return value;
    },
    1,
  );
  if (text.includes(hostname()) && hostname().length > 3) throw new Error("a host is named");
  return `${text}\n`;
}

const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const environment = await startTestEnvironment();
const stack = await startStack({
  ...environment,
  env: { LINGER_MS: "1000", REMIND_AFTER_MS: "500" },
});
try {
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const run = await scenario(stack, await stack.connect({ watchable: true }));
    const history = await ended(stack, run);
    writeFileSync(new URL(`${name}.json`, folder), scrubbed(history));
    await stack.google.noFaults();
    console.log(`${name}: ${history.events?.length} events`);
  }
} finally {
  await stack.stop();
  await environment.stop();
}
process.exit(0);
