import { setTimeout as sleep } from "node:timers/promises";
import type { Tx } from "../db/client.ts";
import { activeSpokes, type EventRecord, readEvent, standingOf } from "../db/event-queries.ts";
import type { Deps } from "./deps.ts";
import { type ExternalSync, toExternalSync } from "./event-shape.ts";
import type { Call } from "./route.ts";

/** Looked again at least this often, should a notification have been missed. */
const lookAgainMs = 1_000;

type Caller = Pick<Call<unknown, unknown, unknown>, "caller" | "gone">;

/** A change of one event as it is answered. */
export interface Written {
  event: EventRecord;
  externalSync: ExternalSync[];
}

/**
 * Commits a change of one event together with the rings that it takes, and waits a bounded time until
 * every provider has it, or has refused it.
 */
export async function commitAndWait(
  deps: Deps,
  call: Caller,
  work: (tx: Tx) => Promise<{ event: EventRecord; changed: boolean }>,
): Promise<Written> {
  const { companyId, name } = call.caller;
  const done = await deps.database.withCompany(
    companyId,
    async (tx) => {
      const { event, changed } = await work(tx);
      const spokes = changed ? await activeSpokes(tx, event.calendarId) : [];
      const due: string[] = [];
      for (const { id } of spokes) {
        const ring = { companyId, connectionId: id, trigger: "api" as const, by: name };
        if ((await deps.frontDoor.ringIn(tx, ring)).signal) due.push(id);
      }
      return { event, spokes, due };
    },
    { quiet: true, by: name },
  );
  for (const connectionId of done.due) deps.frontDoor.signal({ companyId, connectionId });
  return outcome(deps, call, done.event).catch((err: unknown) => {
    // The change is committed: whatever happens to the waiting must not look as if it were not.
    deps.log.warn({ err, eventId: done.event.id }, "the outcome of a write could not be read");
    const externalSync = done.spokes.map((spoke) => unknownYet(spoke));
    return { event: done.event, externalSync };
  });
}

async function outcome(deps: Deps, call: Caller, committed: EventRecord): Promise<Written> {
  const deadline = performance.now() + deps.config.WRITE_WAIT_MS;
  let wake = () => {};
  const unhear = deps.listener.on("syncline_write", committed.id, () => wake());
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const [event, standings] = await deps.database.withCompany(
        call.caller.companyId,
        async (tx) => [await readEvent(tx, committed.id), await standingOf(tx, committed.id)],
      );
      const externalSync = standings
        .filter(({ direction }) => direction !== "in")
        .map(toExternalSync);
      const left = deadline - performance.now();
      const isSettled = externalSync.every((side) => side.status !== "pending");
      if (left <= 0 || call.gone.aborted || isSettled)
        return { event: event ?? committed, externalSync };
      await pause(Math.min(left, lookAgainMs), woken, call.gone);
    }
  } finally {
    unhear();
  }
}

async function pause(ms: number, woken: Promise<void>, gone: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, gone]);
  await Promise.race([woken, sleep(ms, undefined, { signal }).catch(() => {})]);
  ended.abort();
}

const unknownYet = (spoke: { id: string; provider: string }): ExternalSync => ({
  provider: spoke.provider,
  connectionId: spoke.id,
  success: false,
  externalId: null,
  status: "pending",
  error: null,
});
