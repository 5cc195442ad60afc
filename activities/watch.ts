import { isPolled } from "../connectors/registry.ts";
import {
  type AlertRow,
  findAlerts,
  findUndelivered,
  lockAlerts,
  readAlertFacts,
  storeTold,
  storeWatch,
  type Usual,
} from "../db/alerts.ts";
import type { Tx } from "../db/client.ts";
import { addNotices } from "../db/notices.ts";
import { changeOf } from "../sync/alert.ts";
import { noticeOf } from "./alert-words.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Outward } from "./tell-temporal.ts";

const atOnce = 5_000;

/**
 * The watch over all connections: people are told once of each change of a connection's condition, and
 * whatever is due to be sent gets its sender. What people know is a row that is stored in the transaction
 * that adds the notice: whoever dies meanwhile, nothing is told twice and nothing is left out.
 */
export async function watch(
  deps: ActivityDeps,
  notify: Outward["notify"],
): Promise<{ told: number; senders: number }> {
  const usual = usualOf(deps);
  const found = await deps.db.acrossCompanies((tx) => findAlerts(tx, usual, atOnce));
  let told = 0;
  for (const companyId of new Set(found.map((ref) => ref.companyId))) {
    const ids = found.filter((ref) => ref.companyId === companyId).map((ref) => ref.connectionId);
    try {
      told += await deps.db.withCompany(companyId, (tx) => tellOf(tx, companyId, ids, usual));
    } catch (err) {
      // One company's trouble is not that of the others.
      deps.log.error({ err, companyId }, "a company could not be told; the next tick will");
    }
  }
  return { told, senders: await startSenders(deps, notify) };
}

/** What has changed since is decided once more, one at a time in each company. */
async function tellOf(
  tx: Tx,
  companyId: string,
  ids: readonly string[],
  usual: Usual,
): Promise<number> {
  await lockAlerts(tx, companyId);
  let told = 0;
  for (const row of await readAlertFacts(tx, ids, usual)) {
    const change = changeOf(row);
    const of = { companyId, connectionId: row.connectionId };
    if (change?.kind === "tell") {
      const [noticeId = 0] = await addNotices(tx, companyId, [
        noticeOf(row, change.from, change.to),
      ]);
      await storeTold(tx, of, { condition: change.to, since: sinceOf(row), noticeId });
      told += 1;
    } else if (change) await storeWatch(tx, of, change.kind === "rest");
  }
  return told;
}

/** What fails has failed before anybody looked: a pass in between is one after it. */
const sinceOf = ({ errorCode, failedAt }: AlertRow): string | null =>
  errorCode === null ? null : failedAt;

async function startSenders(deps: ActivityDeps, notify: Outward["notify"]): Promise<number> {
  let started = 0;
  for (const companyId of await deps.db.acrossCompanies(findUndelivered)) {
    try {
      await notify(companyId);
      started += 1;
    } catch (err) {
      deps.log.warn({ err, companyId }, "a sender of notices could not be started yet");
    }
  }
  return started;
}

/** How often each provider's connections are polled where nobody has said otherwise. */
function usualOf({ registry, config }: ActivityDeps): Usual {
  const everyMs = registry.list().flatMap((connector): [string, number][] => {
    if (connector.kind !== "calendar" || !isPolled(connector)) return [];
    return [[connector.provider, connector.pollIntervalMs ?? config.POLL_INTERVAL_MS]];
  });
  return { everyMs: Object.fromEntries(everyMs), tickMs: config.POLL_TICK_MS };
}
