import { setTimeout as sleep } from "node:timers/promises";
import type { Grant, OpenConnection, Quota, Remote } from "../connectors/connector.ts";
import { RateLimited, Unauthenticated } from "../connectors/errors.ts";
import type { RecordsConnector, RecordsRemote } from "../connectors/records.ts";
import type { Connector } from "../connectors/connector.ts";
import { refuseStale } from "../db/attempts.ts";
import { bucketOf, takeUnits } from "../db/buckets.ts";
import { readStanding } from "../db/conflict-rules.ts";
import { type Connection, readConnection } from "../db/connections.ts";
import { readGrant } from "../db/grants.ts";
import type { Rules } from "../sync/decide.ts";
import type { EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import { renewGrant } from "./renew-grant.ts";

export interface ConnectionRef {
  companyId: string;
  connectionId: string;
}

/** A connection's provider, whatever it has. Nothing of it may reach a history or a log. */
export type Provider = Access &
  (
    | { kind: "calendar"; connector: Connector<EventItem>; remote: Remote<EventItem> }
    | { kind: "records"; connector: RecordsConnector; remote: RecordsRemote }
  );

interface Access extends ConnectionRef {
  row: Connection;
  /** What a person has said of its conflicts once and for all. */
  standing: NonNullable<Rules["standing"]>;
  account: string;
  /** Requests made through this opening. */
  calls(): number;
}

export interface OpenOptions {
  /** Also one that is being disconnected: for what takes leave of the provider. */
  disconnected?: boolean;
  /** No call is made once another attempt has taken over. */
  epoch?: number;
  /**
   * It is only read: whether another attempt has taken over, and which grant there is, is asked for
   * many calls of a long listing together.
   */
  readsOnly?: boolean;
}

/** Longer waits for quota are not sat out in an activity: they become a result. */
const longestPatienceMs = 2_000;
const renewBeforeMs = 60_000;
/** A long listing takes its units by the dozen: what is left of them at its end is lost. */
const shortListing = 10;
const lot = 12;

/** @throws Unauthenticated when the connection has no living grant */
export async function openProvider(
  deps: ActivityDeps,
  ref: ConnectionRef,
  options: OpenOptions = {},
): Promise<Provider> {
  const { row, standing } = await deps.db.withCompany(ref.companyId, async (tx) => ({
    row: await readConnection(tx, ref.connectionId),
    standing: await readStanding(tx, ref.connectionId),
  }));
  if (!row || (row.disconnectedAt && !options.disconnected))
    throw new Unauthenticated("the connection is not there any more");
  const connector = deps.registry.get(row.provider);
  const account = bucketOf(row.provider, row.account ?? row.id);
  const { epoch, readsOnly = false } = options;
  let calls = 0;
  let left = 0;
  const open: OpenConnection = {
    settings: row.settings,
    ...grantsOf(deps, ref, connector, readsOnly),
    spend: async (units) => {
      calls += 1;
      if (left >= units) return void (left -= units);
      const isLong = readsOnly && calls > shortListing && connector.quota.burst >= 10 * lot;
      const taken = isLong ? Math.max(units, lot) : units;
      await spend(deps, { ...ref, epoch }, { account, units: taken, quota: connector.quota });
      left = taken - units;
    },
    now: deps.now,
  };
  const { companyId, connectionId } = ref;
  const access = { companyId, connectionId, row, standing, account };
  return connector.kind === "calendar"
    ? { ...access, kind: "calendar", connector, remote: connector.open(open), calls: () => calls }
    : { ...access, kind: "records", connector, remote: connector.open(open), calls: () => calls };
}

/** The grant is read at each call or, where much is only read, again when it is about to end. */
function grantsOf(
  deps: ActivityDeps,
  ref: ConnectionRef,
  connector: Provider["connector"],
  isKept: boolean,
): Pick<OpenConnection, "grant" | "renewed"> {
  let kept: Grant | null = null;
  return {
    async grant() {
      if (!kept || !isFresh(kept, deps.now())) kept = await currentGrant(deps, ref, connector);
      const grant = kept;
      if (!isKept) kept = null;
      return grant;
    },
    renewed(refused) {
      kept = null;
      return renewGrant(deps, ref, connector, (grant) => grant.accessToken !== refused);
    },
  };
}

const isFresh = ({ expiresAt }: Grant, now: number): boolean =>
  expiresAt === null || expiresAt - now > renewBeforeMs;

async function currentGrant(
  deps: ActivityDeps,
  ref: ConnectionRef,
  connector: Provider["connector"],
): Promise<Grant> {
  const stored = await deps.db.withCompany(ref.companyId, (tx) =>
    readGrant(tx, deps.keys, ref.connectionId),
  );
  if (!stored) throw new Unauthenticated("the connection has no grant");
  const fresh = (grant: Grant) => isFresh(grant, deps.now());
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
