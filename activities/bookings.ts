import { randomUUID } from "node:crypto";
import { bookingsConnection, calendarsWithBookings } from "../db/booking-connections.ts";
import {
  addParts,
  beginReport,
  type BookingReport,
  finishReport,
  lockReport,
  readEnds,
  type ReportPart,
} from "../db/booking-reports.ts";
import type { Tx } from "../db/client.ts";
import { type Connection, connectionsToImport, readConnection } from "../db/connections.ts";
import { findBookingCompanies } from "../db/look-across.ts";
import { ring } from "../db/rings.ts";
import { addWaiter } from "../db/waiters.ts";
import { reportOf } from "./booking-words.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Outward } from "./tell-temporal.ts";

/** One run of a company's bookings. */
export interface BookingRun {
  companyId: string;
  reportId: string;
  trigger: "schedule" | "manual";
  by: string;
}

export interface RunStep extends BookingRun {
  /** Whom the sessions tell when they have ended. */
  workflowId: string;
}

/** Sessions that a run waits for, and for how long at most. */
export interface Rung {
  sessions: string[];
  patienceMs: number;
}

/** The import of a run is that of Google's calendars. */
const importedProvider = "google-calendar";
/** However short the interval, sessions are given so much time; and however long, no more than that. */
const patience = { leastMs: 60_000, mostMs: 15 * 60_000 };

/** Starts a run for each company that has rules; one that is under way already goes on. */
export async function startBookings(
  deps: ActivityDeps,
  start: Outward["bookings"],
): Promise<{ started: number; failed: number }> {
  const count = { started: 0, failed: 0 };
  for (const companyId of await deps.db.acrossCompanies(findBookingCompanies)) {
    try {
      await start({ companyId, reportId: randomUUID(), trigger: "schedule", by: "system" });
      count.started += 1;
    } catch (err) {
      count.failed += 1;
      deps.log.warn({ err, companyId }, "bookings could not be started; the next tick will");
    }
  }
  return count;
}

/** Rings for the bookings of all calendars. Repeated, it answers the same sessions. */
export function ringBookings(
  deps: ActivityDeps,
  run: RunStep,
  signal: Outward["signal"],
): Promise<Rung> {
  return ringPart(deps, run, signal, {
    part: "bookings",
    begin: (tx) =>
      beginReport(tx, {
        id: run.reportId,
        companyId: run.companyId,
        trigger: run.trigger,
        triggeredBy: run.by,
      }),
    async connections(tx) {
      const found: Connection[] = [];
      for (const calendarId of await calendarsWithBookings(tx)) {
        const id = await bookingsConnection(tx, { companyId: run.companyId, calendarId });
        const connection = await readConnection(tx, id);
        if (connection) found.push(connection);
      }
      return found;
    },
  });
}

/** Rings for the import that follows. Repeated, it answers the same sessions. */
export function ringImport(
  deps: ActivityDeps,
  run: RunStep,
  signal: Outward["signal"],
): Promise<Rung> {
  return ringPart(deps, run, signal, {
    part: "import",
    async begin(tx) {
      const report = await lockReport(tx, run.reportId);
      if (!report) throw new Error("the report of the run is gone");
      return report;
    },
    connections: (tx) => connectionsToImport(tx, importedProvider),
  });
}

/** Which of the sessions can still be waited for: neither ended, nor kept by something that needs a person. */
export function stillUnderWay(
  deps: ActivityDeps,
  { companyId, sessions }: { companyId: string; sessions: readonly string[] },
): Promise<string[]> {
  return deps.db.withCompany(companyId, async (tx) =>
    (await readEnds(tx, sessions)).flatMap(({ id, status, blocked }) =>
      blocked === null && (status === "queued" || status === "running") ? [id] : [],
    ),
  );
}

/** Says in one row what the run has come to. Repeated, it says the same. */
export function reportBookings(
  deps: ActivityDeps,
  { companyId, reportId }: Pick<BookingRun, "companyId" | "reportId">,
): Promise<{ words: string; failed: boolean }> {
  return deps.db.withCompany(companyId, async (tx) => {
    const report = await lockReport(tx, reportId);
    if (!report) throw new Error("the report of the run is gone");
    const sessions = report.parts.flatMap(({ sessionId }) => sessionId ?? []);
    const ends = new Map((await readEnds(tx, sessions)).map((end) => [end.id, end]));
    const finished = reportOf(report.parts, ends);
    await finishReport(tx, reportId, finished);
    return { words: finished.words, failed: finished.status === "error" };
  });
}

interface Part {
  part: ReportPart["part"];
  begin(tx: Tx): Promise<BookingReport>;
  connections(tx: Tx): Promise<Connection[]>;
}

async function ringPart(
  deps: ActivityDeps,
  run: RunStep,
  signal: Outward["signal"],
  { part, begin, connections }: Part,
): Promise<Rung> {
  const { companyId } = run;
  const parts = await deps.db.withCompany(companyId, async (tx) => {
    const known = (await begin(tx)).parts.filter((one) => one.part === part);
    if (known.length > 0) return known;
    const rung: ReportPart[] = [];
    for (const connection of await connections(tx))
      rung.push(await ringOne(tx, run, connection, part));
    await addParts(tx, run.reportId, rung);
    return rung;
  });
  deps.crash("ring committed");
  const serving = parts.flatMap(({ connectionId, sessionId }) =>
    sessionId === null ? [] : [{ connectionId, sessionId }],
  );
  for (const { connectionId } of serving) await signal({ companyId, connectionId });
  const wished = deps.config.BOOKINGS_INTERVAL_MS / 2;
  return {
    sessions: serving.map(({ sessionId }) => sessionId),
    patienceMs: Math.min(patience.mostMs, Math.max(patience.leastMs, wished)),
  };
}

async function ringOne(
  tx: Tx,
  { companyId, workflowId, trigger, by }: RunStep,
  { id: connectionId, provider, enabled, grantState }: Connection,
  part: ReportPart["part"],
): Promise<ReportPart> {
  const of = { part, connectionId, provider };
  if (!enabled) return { ...of, sessionId: null, reason: "paused" };
  if (grantState !== "ok") return { ...of, sessionId: null, reason: "it must be connected again" };
  const { sessionId } = await ring(tx, { companyId, connectionId, trigger, by });
  await addWaiter(tx, sessionId, workflowId);
  return { ...of, sessionId, reason: null };
}
