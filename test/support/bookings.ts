import { randomUUID } from "node:crypto";
import { reportBookings, ringBookings, ringImport } from "../../activities/bookings.ts";
import type { ActivityDeps } from "../../activities/deps.ts";
import type { StepResult } from "../../activities/failures.ts";
import { pull } from "../../activities/pull.ts";
import { push } from "../../activities/push.ts";
import { closeSession, openSession } from "../../activities/session.ts";
import { createMemory } from "../../connectors/memory/index.ts";
import { createMemoryStore } from "../../connectors/memory/store.ts";
import { createRegistry } from "../../connectors/registry.ts";
import { createSystemBookings } from "../../connectors/system-bookings/index.ts";
import { bookingsConnection } from "../../db/booking-connections.ts";
import { changeRule, createRule, deleteRule, type RuleChange } from "../../db/booking-rules.ts";
import { wantedIn } from "../../db/bookings.ts";
import { putHolidays } from "../../db/holidays.ts";
import { ring } from "../../db/rings.ts";
import { readReport } from "../../db/booking-reports.ts";
import type { EventFields } from "../../sync/event.ts";
import { toInstant } from "../../sync/time.ts";
import { asActivity, type Engine, plain } from "./engine.ts";

export type Bookings = Awaited<ReturnType<typeof connectBookings>>;

/** A rule as tests make it: daily from nine to ten, in Amsterdam, for a week ahead. */
export const daily = {
  title: "Open hour",
  description: "",
  location: "Room 1",
  zone: "Europe/Amsterdam",
  firstDate: "2026-12-01",
  startTime: "09:00:00",
  recurrence: "RRULE:FREQ=DAILY" as string | null,
  durationMinutes: 60,
  horizonDays: 7,
  yields: true,
  createdBy: "test",
};

/**
 * A company with one calendar, its rules and a pretend Google in memory. `clock.now` is the worker's
 * clock: it begins in the morning of the first of December, before the first booking.
 */
export async function connectBookings(engine: Engine) {
  const clock = { now: toInstant({ local: "2026-12-01T06:00:00", zone: "UTC" }, "UTC") };
  const store = createMemoryStore(() => clock.now);
  const team = await engine.connect({ store, now: () => clock.now });
  const { companyId, calendarId, connectionId: googleId } = team;
  await engine.psql("update connections set provider = 'google-calendar' where id = $1", [
    googleId,
  ]);
  const google = { ...createMemory(store), provider: "google-calendar" };
  const broken = { google: false };
  const deps: ActivityDeps = {
    ...team.deps,
    registry: createRegistry([
      {
        ...google,
        open: (connection) => {
          if (broken.google) throw new TypeError("the pretend Google is broken");
          return google.open(connection);
        },
      },
      createSystemBookings({
        wanted: (place, window) => wantedIn(engine.db, place, window),
        intervalMs: 1_800_000,
      }),
    ]),
  };
  const within = <T>(work: Parameters<typeof engine.db.withCompany<T>>[1]) =>
    engine.db.withCompany(companyId, work);
  const connectionId = await within((tx) => bookingsConnection(tx, { companyId, calendarId }));
  const own = { companyId, connectionId };
  const there = { companyId, connectionId: googleId };
  const serve = (of: typeof own) => serveRing(deps, of);
  const session = async (of: typeof own): Promise<string> => {
    await within((tx) => ring(tx, { ...of, trigger: "manual", by: "test" }));
    return serve(of);
  };
  return {
    ...own,
    googleId,
    calendarId,
    /** The rules' own connection, as helpers for any connection take it. */
    rules: { ...team, ...own, connectionId: connectionId as typeof googleId, ref: own, deps },
    clock,
    store,
    deps,
    broken,
    rule: (more: Partial<typeof daily> & RuleChange = {}) =>
      within((tx) =>
        createRule(tx, { ...daily, ...more, id: randomUUID(), companyId, calendarId }),
      ),
    change: (id: string, change: RuleChange) => within((tx) => changeRule(tx, id, change)),
    end: (id: string) => within((tx) => deleteRule(tx, id)),
    holiday: (date: string) => within((tx) => putHolidays(tx, companyId, [{ date, name: "Day" }])),
    session,
    /** One session of the rules' own connection. */
    book: () => session(own),
    /** One session with the pretend Google. */
    google: () => session(there),
    /** A whole run as its workflow orders it; answers its report. */
    async run() {
      const run = { companyId, reportId: randomUUID(), trigger: "manual", by: "test" } as const;
      const step = { ...run, workflowId: "test" };
      const nobody = async () => undefined;
      await asActivity(() => ringBookings(deps, step, nobody));
      await serve(own);
      await asActivity(() => ringImport(deps, step, nobody));
      await serve(there);
      await asActivity(() => reportBookings(deps, run));
      const report = await within((tx) => readReport(tx, run.reportId));
      if (!report) throw new Error("the run left no report");
      return report;
    },
    /** Living events by their start, as a person reads the calendar. */
    here: () =>
      engine.psql<{ id: string; title: string; at: string; source: string }>(
        `select id, title, to_char(start_at, 'YYYY-MM-DD HH24:MI') as at, last_update_source as source from events
         where calendar_id = $1 and deleted_at is null and status <> 'cancelled' order by start_at, title`,
        [calendarId],
      ),
    /** What lives in the pretend Google: the same, with its ids. */
    there: () =>
      store
        .all()
        .flatMap(({ id, item }) => (item ? [{ id, ...item.fields }] : []))
        .toSorted((a, b) => (JSON.stringify(a.start) < JSON.stringify(b.start) ? -1 : 1)),
    /** Somebody puts something on our calendar. */
    insert: (title: string, from: string, to: string) =>
      team.insert(title, {
        start_at: from,
        end_at: to,
        start_zone: "Europe/Amsterdam",
        end_zone: "Europe/Amsterdam",
      }),
    /** Somebody puts something into the pretend Google. */
    put: (id: string, fields: Partial<EventFields>) =>
      store.put({ id, item: { fields: { ...plain, ...fields } } }),
  };
}

async function serveRing(
  deps: ActivityDeps,
  ref: { companyId: string; connectionId: string },
): Promise<string> {
  const opening = await asActivity(() => openSession(deps, ref));
  if (opening.kind === "idle") throw new Error(`nothing to do: ${opening.why}`);
  const input = { ...ref, sessionId: opening.sessionId, quick: false };
  const failure = await steps(deps, input, opening.streams).catch((error: unknown) => ({
    code: "internal",
    message: String(error),
  }));
  await asActivity(() => closeSession(deps, { ...ref, sessionId: opening.sessionId, failure }));
  return opening.sessionId;
}

async function steps(
  deps: ActivityDeps,
  input: { companyId: string; connectionId: string; sessionId: string; quick: boolean },
  streams: readonly string[],
): Promise<{ code: string; message: string } | null> {
  for (const stream of streams) {
    const pulled = await untilThrough(() => pull(deps, { ...input, stream }));
    if (pulled.outcome === "stop") return pulled;
  }
  const pushed = await untilThrough(() => push(deps, input));
  return pushed.outcome === "stop" ? pushed : null;
}

async function untilThrough(step: () => Promise<StepResult>): Promise<StepResult> {
  for (;;) {
    const result = await asActivity(step);
    if (result.outcome !== "more") return result;
  }
}
