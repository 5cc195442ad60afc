import { Context } from "@temporalio/activity";
import { openChannel, renewChannels, stopChannels } from "./channels.ts";
import {
  reportBookings,
  ringBookings,
  ringImport,
  type RunStep,
  startBookings,
  stillUnderWay,
} from "./bookings.ts";
import type { Notifiers } from "../notifiers/index.ts";
import type { ActivityDeps } from "./deps.ts";
import type { ConnectionRef } from "./open-connection.ts";
import { applyPlan } from "./apply-plan.ts";
import { pull, type PullInput } from "./pull.ts";
import { push, type PushInput } from "./push.ts";
import { detectChanges } from "./records/detect.ts";
import { readHistory } from "./records/history.ts";
import { pullRecords, type PullRecordsInput } from "./records/pull.ts";
import { notify } from "./notify.ts";
import { remind } from "./remind.ts";
import { type RehearseInput, rehearse } from "./rehearse.ts";
import { revokeGrant } from "./revoke.ts";
import {
  closeSession,
  openSession,
  readOutcome,
  ringFollowUp,
  ringForSchedule,
} from "./session.ts";
import type { StepInput } from "./step.ts";
import { stage, type StageInput } from "./stage.ts";
import type { Outward } from "./tell-temporal.ts";
import { undo, type UndoInput } from "./undo.ts";
import { cleanUp, pollDue, sweep } from "./standing.ts";
import { watch } from "./watch.ts";

/**
 * What workflows can ask for. Arguments and results are ids, counts and times: they stay in a history
 * that many may read.
 */
export function createActivities(deps: ActivityDeps, outward: Outward, notifiers: Notifiers) {
  return beating({
    openSession: (ref: ConnectionRef) => openSession(deps, ref),
    pull: (input: PullInput) => pull(deps, input),
    push: (input: PushInput) => push(deps, input),
    pullRecords: (input: PullRecordsInput) => pullRecords(deps, input),
    readHistory: (input: StepInput) => readHistory(deps, input),
    detectChanges: (input: StepInput) => detectChanges(deps, input),
    stage: (input: StageInput) => stage(deps, input),
    rehearse: (input: RehearseInput) => rehearse(deps, input),
    applyPlan: (input: RehearseInput) => applyPlan(deps, input),
    undo: (input: UndoInput) => undo(deps, input),
    closeSession: (input: Parameters<typeof closeSession>[1]) => closeSession(deps, input),
    ringFollowUp: (ref: ConnectionRef) => ringFollowUp(deps, ref),
    ringForSchedule: (input: Parameters<typeof ringForSchedule>[1]) =>
      ringForSchedule(deps, input, outward),
    readOutcome: (input: Parameters<typeof readOutcome>[1]) => readOutcome(deps, input),
    openChannel: (input: Parameters<typeof openChannel>[1]) => openChannel(deps, input),
    renewChannels: (after: string | null) => renewChannels(deps, after ?? null),
    stopChannels: (ref: ConnectionRef) => stopChannels(deps, ref),
    revokeGrant: (ref: ConnectionRef) => revokeGrant(deps, ref),
    remind: (companyId: string) => remind(deps, companyId),
    notify: (companyId: string) => notify(deps, notifiers, companyId),
    watch: () => watch(deps, outward.notify),
    sweep: () => sweep(deps, outward),
    pollDue: (provider: string) => pollDue(deps, provider, outward.signal),
    cleanUp: () => cleanUp(deps),
    startBookings: () => startBookings(deps, outward.bookings),
    ringBookings: (run: RunStep) => ringBookings(deps, run, outward.signal),
    ringImport: (run: RunStep) => ringImport(deps, run, outward.signal),
    stillUnderWay: (of: Parameters<typeof stillUnderWay>[1]) => stillUnderWay(deps, of),
    reportBookings: (run: Parameters<typeof reportBookings>[1]) => reportBookings(deps, run),
  });
}

const beatMs = 4_000;

/** Lets every activity show that its process lives, however long a provider takes to answer. */
function beating<All extends Record<string, (...args: never[]) => Promise<unknown>>>(
  activities: All,
): All {
  const beat =
    (activity: (...args: never[]) => Promise<unknown>) =>
    async (...args: never[]) => {
      const context = Context.current();
      const timer = setInterval(() => context.heartbeat(), beatMs);
      return activity(...args).finally(() => clearInterval(timer));
    };
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [name, beat(activity)]),
  ) as All;
}

export type Activities = ReturnType<typeof createActivities>;
