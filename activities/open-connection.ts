import { setTimeout as sleep } from "node:timers/promises";
import type { Connector, Grant, OpenConnection, Quota, Remote } from "../connectors/connector.ts";
import { RateLimited, Unauthenticated } from "../connectors/errors.ts";
import { refuseStale } from "../db/attempts.ts";
import { bucketOf, takeUnits } from "../db/buckets.ts";
import { readStanding } from "../db/conflict-rules.ts";
import { readConnection } from "../db/connections.ts";
import { readGrant } from "../db/grants.ts";
import type { BrakeLimit } from "../sync/plan.ts";
import type { Rules } from "../sync/decide.ts";
import type { EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import { renewGrant } from "./renew-grant.ts";

export interface ConnectionRef {
  companyId: string;
  connectionId: string;
}

/** A connection as activities work with it. Nothing of it may reach a history or a log. */
export interface Opened extends ConnectionRef {
  calendarId: string;
  provider: string;
  /** Who wrote, as `last_update_source` says it. */
  source: string;
  account: string;
  connector: Connector<EventItem>;
  remote: Remote<EventItem>;
  rules: Rules;
  /** Why the provider cannot hold an item at all; null where it can. */
  cannotHold(item: EventItem): string | null;
  brake: BrakeLimit;
  /** The provider's clock minus the database's, in ms. */
  clockOffset: number;
  /** How the last session ended, where it did not end well. */
  lastErrorCode: string | null;
  /** Requests made through this opening. */
  calls(): number;
}

/** Longer waits for quota are not sat out in an activity: they become a result. */
const longestPatienceMs = 2_000;
const renewBeforeMs = 60_000;

/**
 * Opens a connection; one that is being disconnected only for what takes leave of the provider. With an
 * `epoch`, no call is made once another attempt has taken over.
 * @throws Unauthenticated when the connection has no living grant
 */
export async function openConnection(
  deps: ActivityDeps,
  ref: ConnectionRef,
  options: { disconnected?: boolean; epoch?: number } = {},
): Promise<Opened> {
  const { row, standing } = await deps.db.withCompany(ref.companyId, async (tx) => ({
    row: await readConnection(tx, ref.connectionId),
    standing: await readStanding(tx, ref.connectionId),
  }));
  if (!row?.calendarId || (row.disconnectedAt && !options.disconnected))
    throw new Unauthenticated("the connection is not there any more");
  const connector = deps.registry.get(row.provider);
  const account = bucketOf(row.provider, row.account ?? row.id);
  let calls = 0;
  const open: OpenConnection = {
    settings: row.settings,
    grant: () => currentGrant(deps, ref, connector),
    renewed: (refused) =>
      renewGrant(deps, ref, connector, (grant) => grant.accessToken !== refused),
    spend: async (units) => {
      calls += 1;
      await spend(
        deps,
        { ...ref, epoch: options.epoch },
        { account, units, quota: connector.quota },
      );
    },
    now: deps.now,
  };
  const remote = connector.open(open);
  return {
    ...ref,
    calendarId: row.calendarId,
    provider: row.provider,
    source: row.provider.split("-")[0] ?? row.provider,
    account,
    connector,
    remote,
    rules: { ...rulesOf(row, connector, remote), standing },
    cannotHold: (item) => remote.write?.cannotHold?.(item) ?? null,
    brake: { count: deps.config.BRAKE_COUNT, share: deps.config.BRAKE_SHARE },
    clockOffset: row.clockOffset,
    lastErrorCode: row.lastErrorCode,
    calls: () => calls,
  };
}

function rulesOf(
  row: { direction: Rules["direction"]; policy: Rules["policy"] },
  connector: Connector<EventItem>,
  remote: Remote<EventItem>,
): Rules {
  const write = remote.write;
  return {
    direction: write ? row.direction : "in",
    policy: row.policy,
    fields: remote.fields ?? connector.fields,
    timeResolutionMs: write?.timeResolutionMs ?? 1,
    ...(write && { normalise: (fields) => write.normalise({ fields }).fields }),
  };
}

async function currentGrant(
  deps: ActivityDeps,
  ref: ConnectionRef,
  connector: Connector<EventItem>,
): Promise<Grant> {
  const stored = await deps.db.withCompany(ref.companyId, (tx) =>
    readGrant(tx, deps.keys, ref.connectionId),
  );
  if (!stored) throw new Unauthenticated("the connection has no grant");
  const fresh = ({ expiresAt }: Grant) =>
    expiresAt === null || expiresAt - deps.now() > renewBeforeMs;
  return fresh(stored.grant) ? stored.grant : renewGrant(deps, ref, connector, fresh);
}

async function spend(
  deps: ActivityDeps,
  { companyId, connectionId, epoch }: ConnectionRef & { epoch: number | undefined },
  { account, units, quota }: { account: string; units: number; quota: Quota },
): Promise<void> {
  for (let waited = 0; ;) {
    const wait = await deps.db.withCompany(companyId, async (tx) => {
      if (epoch !== undefined) await refuseStale(tx, connectionId, epoch);
      return takeUnits(tx, account, units, quota);
    });
    if (wait === 0) return;
    waited += wait;
    if (waited > longestPatienceMs) throw new RateLimited("waiting for the account's quota", wait);
    await sleep(wait);
  }
}
