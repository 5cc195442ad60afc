import { cleanChannels } from "../db/channels.ts";
import { rotateCredentials } from "../db/grants.ts";
import { notePass } from "../db/health.ts";
import { claimDuePolls, findCompanies, findLeftBehind } from "../db/look-across.ts";
import { type Ring, ring, ringOnce } from "../db/rings.ts";
import { rotateTokens } from "../db/subscriptions.ts";
import { cleanFinished } from "../db/writes.ts";
import { rotateTargets } from "../db/notification-targets.ts";
import { rotateRecords } from "../db/rotate-records.ts";
import { cleanOld } from "../db/retention.ts";
import type { ActivityDeps } from "./deps.ts";
import { setbackOf } from "./failures.ts";
import { noteLimit } from "./limits.ts";
import { type ConnectionRef, openConnection, type Opened } from "./open-connection.ts";
import { listsNothing } from "./probe.ts";
import { type Outward, tellTemporal } from "./tell-temporal.ts";
import { tellTokenEnds } from "./token-ends.ts";

const neverMs = 365 * 24 * 60 * 60_000;
const pollsAtOnce = 2;
const probesAtOnce = 4;
/** What is due by then is left to the next tick, unclaimed. */
const pollingMs = 60_000;
/** So many signals that do not come through say that it is Temporal that is away. */
const lostSignals = 5;

/**
 * Rings that nobody serves are signalled again; queues with due rows that nobody rang for are rung for;
 * and Temporal is told what it missed.
 */
export async function sweep(
  deps: ActivityDeps,
  outward: Outward,
): Promise<{ rung: number; told: number }> {
  const left = await deps.db.acrossCompanies((tx) => findLeftBehind(tx, 1_000));
  let lost = 0;
  for (const { companyId, connectionId, rung } of left) {
    try {
      const of: Ring = { companyId, connectionId, trigger: "schedule", by: "system" };
      if (!rung) await deps.db.withCompany(companyId, (tx) => ringOnce(tx, of));
      deps.crash("ring committed");
      await outward.signal({ companyId, connectionId });
    } catch (err) {
      if (++lost >= lostSignals) throw err;
      deps.log.warn(
        { err, connectionId },
        "a connection that was left behind could not be reached",
      );
    }
  }
  return { rung: left.length - lost, told: await tellTemporal(deps, outward) };
}

/**
 * Asks due connections whether there is news, and rings for those that have some. A probe stores neither
 * cursor nor items; one that finds nothing counts as a complete pass.
 */
export async function pollDue(
  deps: ActivityDeps,
  provider: string,
  signal: Outward["signal"],
): Promise<{ asked: number; news: number }> {
  const end = deps.now() + pollingMs;
  const count = { asked: 0, news: 0 };
  const usual = usualPollMs(deps, provider);
  const isProbed = deps.registry.get(provider).kind === "calendar";
  const claim = () =>
    deps.db.acrossCompanies((tx) => claimDuePolls(tx, provider, pollsAtOnce, usual));
  const lane = async () => {
    let due;
    do {
      due = await claim();
      for (const ref of due) {
        count.asked += 1;
        // Records are not looked at without being asked: what is due there is to be tried again.
        if (isProbed && (await nothingNew(deps, ref))) continue;
        count.news += 1;
        await ringForNews(deps, ref, signal);
      }
    } while (due.length === pollsAtOnce && deps.now() < end);
  };
  await Promise.all(Array.from({ length: probesAtOnce }, lane));
  return count;
}

/** Business data is looked at when somebody asks for it; a poll is due only after a failure. */
function usualPollMs({ registry, config }: ActivityDeps, provider: string): number {
  const connector = registry.get(provider);
  if (connector.kind === "records") return neverMs;
  return connector.pollIntervalMs ?? config.POLL_INTERVAL_MS;
}

/** Its poll is claimed: whatever goes wrong here must not keep others from theirs. */
async function ringForNews(
  deps: ActivityDeps,
  ref: ConnectionRef,
  signal: Outward["signal"],
): Promise<void> {
  try {
    const of: Ring = { ...ref, trigger: "schedule", by: "system" };
    const rung = await deps.db.withCompany(ref.companyId, (tx) => ring(tx, of));
    if (rung.signal) await signal(ref);
  } catch (err) {
    deps.log.warn({ ...ref, err }, "news could not be rung for; a sweep or the next poll will");
  }
}

/** Whatever goes wrong is news: the session that follows will say what it is. */
async function nothingNew(deps: ActivityDeps, ref: ConnectionRef): Promise<boolean> {
  let opened: Opened | null = null;
  try {
    opened = await openConnection(deps, ref);
    // Whether that is over, only a session can tell: a look at the list sends nothing.
    if (opened.lastErrorCode !== null || !(await listsNothing(deps, opened))) return false;
    await deps.db.withCompany(ref.companyId, (tx) => notePass(tx, ref.connectionId));
    return true;
  } catch (error) {
    const setback = setbackOf(error);
    if (!setback) deps.log.warn({ ...ref, err: error }, "a probe failed");
    if (setback?.kind === "limited") {
      const of = { ...ref, account: opened?.account ?? null };
      await deps.db.withCompany(ref.companyId, (tx) => noteLimit(tx, of, setback.delayMs));
    }
    return false;
  }
}

/** Retention, company by company. Answers how many rows of each kind went. */
export async function cleanUp(deps: ActivityDeps): Promise<Record<string, number>> {
  const total: Record<string, number> = {};
  for (const companyId of await deps.db.acrossCompanies(findCompanies)) {
    const gone = await cleanCompany(deps, companyId).catch((err: unknown) => {
      deps.log.error({ err, companyId }, "a company could not be cleaned up");
      return { "companies that failed": 1 };
    });
    for (const [name, count] of Object.entries(gone)) total[name] = (total[name] ?? 0) + count;
  }
  return total;
}

async function cleanCompany(
  deps: ActivityDeps,
  companyId: string,
): Promise<Record<string, number>> {
  const queue = await deps.db.withCompany(companyId, async (tx) => ({
    writes: await cleanFinished(tx, deps.config.KEEP_FINISHED_WRITES_DAYS),
    channels: await cleanChannels(tx),
    "grants sealed anew": await rotateCredentials(tx, deps.keys),
    "tokens sealed anew": await rotateTokens(tx, deps.keys),
    "targets sealed anew": await rotateTargets(tx, deps.keys),
    "ends of tokens told": await tellTokenEnds(tx, deps, companyId),
  }));
  const keep = {
    logDays: deps.config.KEEP_LOGS_DAYS,
    trailDays: deps.config.KEEP_TRAIL_DAYS,
    deletedDays: deps.config.KEEP_DELETED_DAYS,
  };
  const old = await deps.db.withCompany(companyId, (tx) => cleanOld(tx, keep), { purge: true });
  return { ...queue, ...old, "records sealed anew": await rotateAllRecords(deps, companyId) };
}

/** In parts: a company's history of sensitive values may be long. */
async function rotateAllRecords(deps: ActivityDeps, companyId: string): Promise<number> {
  for (let rotated = 0; ;) {
    const part = await deps.db.withCompany(companyId, (tx) => rotateRecords(tx, deps.keys));
    if (part === 0) return rotated;
    rotated += part;
  }
}
