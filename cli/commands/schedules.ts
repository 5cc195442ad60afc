import { path } from "../ask.ts";
import { type Context, show } from "../context.ts";
import { Ended, type Exit, exits } from "../exits.ts";
import { connectionNamed } from "../names.ts";
import { table, time } from "../print.ts";
import type { Page, Schedule } from "../shapes.ts";

export async function schedules(context: Context, name: string | undefined): Promise<Exit> {
  const { ask } = context;
  const connectionId = name === undefined ? undefined : (await connectionNamed(ask, name)).id;
  const { data } = await ask.json<Page<Schedule>>("GET", "/api/schedules", {
    query: { limit: 500, connectionId },
  });
  const head = ["schedule", "connection", "when", "zone", "streams", "state", "next run"];
  show(context, data, table(head, data.map(row)));
  return exits.done;
}

const row = (one: Schedule) => [
  one.id,
  one.connectionId,
  cadenceText(one.cadence),
  one.zone,
  one.streams.join(", ") || "all",
  one.enabled ? "on" : `paused: ${one.pausedReason ?? "?"}`,
  time(one.nextRunAt ?? one.next?.[0]),
];

export interface NewSchedule {
  every?: string;
  daily?: string[];
  cron?: string;
  zone?: string;
  streams?: string[];
}

export async function addSchedule(
  context: Context,
  name: string,
  options: NewSchedule,
): Promise<Exit> {
  const cadence = cadenceOf(options);
  const { id: connectionId } = await connectionNamed(context.ask, name);
  const { zone, streams } = options;
  const made = await context.ask.json<Schedule>("POST", "/api/schedules", {
    body: { connectionId, cadence, ...(zone && { zone }), ...(streams && { streams }) },
  });
  show(context, made, `Schedule ${made.id}: ${cadenceText(made.cadence)}, ${made.zone}.`);
  return exits.done;
}

/** @throws Ended where it is not said exactly once when it runs */
export function cadenceOf({ every, daily, cron }: NewSchedule): Schedule["cadence"] {
  const said = [every, daily, cron].filter((one) => one !== undefined);
  if (said.length !== 1) throw new Ended(exits.usage, "Say when: one of --every, --daily, --cron.");
  if (daily) return { dailyAt: daily };
  if (cron !== undefined) return { cron };
  const [, count = "", unit] = /^(\d{1,5})(m|h)$/.exec(every ?? "") ?? [];
  if (unit === undefined)
    throw new Ended(exits.usage, `--every: "${every}" is not such as 30m or 4h.`);
  return unit === "m" ? { everyMinutes: Number(count) } : { everyHours: Number(count) };
}

function cadenceText(of: Schedule["cadence"]): string {
  if ("everyMinutes" in of) return `every ${of.everyMinutes} min`;
  if ("everyHours" in of) return `every ${of.everyHours} h`;
  return "cron" in of ? `cron ${of.cron}` : `daily at ${of.dailyAt.join(", ")}`;
}

/** Pauses a schedule and keeps why, or resumes it. */
export async function switchSchedule(
  context: Context,
  id: string,
  to: { enabled: boolean; reason?: string | undefined },
): Promise<Exit> {
  const changed = await context.ask.json<Schedule>("PATCH", path`/api/schedules/${id}`, {
    body: { enabled: to.enabled, ...(to.reason !== undefined && { pausedReason: to.reason }) },
  });
  const words = changed.enabled ? "runs again" : `is paused: ${changed.pausedReason ?? "?"}`;
  show(context, changed, `Schedule ${id} ${words}.`);
  return exits.done;
}
