import { findUntold, findWaiting } from "../db/look-across.ts";
import { asTold, noteTold, readSchedule } from "../db/schedules.ts";
import type { Schedules } from "../temporal/schedules.ts";
import type { BookingRun } from "./bookings.ts";
import type { ActivityDeps } from "./deps.ts";
import type { ConnectionRef } from "./open-connection.ts";

/** What activities ask of Temporal itself. */
export interface Outward {
  /** Reaches the workflow of a connection through the front door. */
  signal(ref: ConnectionRef): Promise<void>;
  schedules: Pick<Schedules, "put" | "describe">;
  /** Starts what reminds a company's people; one that runs already goes on. */
  remind(companyId: string): Promise<void>;
  /** Starts what sends a company's notices; one that runs already goes on. */
  notify(companyId: string): Promise<void>;
  /** Starts what takes leave of a provider. */
  disconnect(ref: ConnectionRef): Promise<void>;
  /** Starts a run of a company's bookings; one that is under way goes on. */
  bookings(run: BookingRun): Promise<unknown>;
}

const atOnce = 200;

/** Tells Temporal what it missed while it was away: the rows are the record, and it follows them. */
export async function tellTemporal(deps: ActivityDeps, outward: Outward): Promise<number> {
  const untold = await deps.db.acrossCompanies((tx) => findUntold(tx, atOnce));
  let told = 0;
  for (const { kind, companyId, id } of untold) {
    try {
      if (kind === "disconnect") await outward.disconnect({ companyId, connectionId: id });
      else await putSchedule(deps, outward, companyId, id);
      told += 1;
    } catch (err) {
      // One that Temporal refuses is no reason not to tell it the others.
      deps.log.warn({ err, companyId, kind, id }, "Temporal could not be told yet");
    }
  }
  return told + (await startReminders(deps, outward));
}

/** Whoever has something waiting is reminded of it, whatever has ended the workflow that did so before. */
async function startReminders(deps: ActivityDeps, outward: Outward): Promise<number> {
  let started = 0;
  for (const companyId of await deps.db.acrossCompanies(findWaiting)) {
    try {
      await outward.remind(companyId);
      started += 1;
    } catch (err) {
      deps.log.warn({ err, companyId }, "reminders could not be started yet");
    }
  }
  return started;
}

async function putSchedule(
  deps: ActivityDeps,
  outward: Outward,
  companyId: string,
  id: string,
): Promise<void> {
  const found = await deps.db.withCompany(companyId, async (tx) => {
    const schedule = await readSchedule(tx, id);
    return schedule && { schedule, told: await asTold(tx, schedule) };
  });
  if (!found) return;
  await outward.schedules.put(found.told);
  const state = found.told.enabled ? await outward.schedules.describe(id) : null;
  const next = state?.next[0] ?? null;
  await deps.db.withCompany(companyId, (tx) => noteTold(tx, found.schedule, next));
}
