import type { AnyConnector } from "../connectors/registry.ts";
import { readFacts, type ConnectionFacts } from "../db/connection-facts.ts";
import {
  readRunning,
  readStreams,
  type Running,
  type StreamFacts,
} from "../db/connection-streams.ts";
import { connectionNames } from "../db/connection-names.ts";
import type { Connection } from "../db/connections.ts";
import { type Expiry, readExpiries } from "../db/grants.ts";
import type { Tx } from "../db/client.ts";
import { hasRecords } from "./calendar-only.ts";
import { longestGapMs } from "./cadence.ts";
import { propertiesOf } from "./connection-settings.ts";
import type { ConnectionAnswer } from "./connection-shape.ts";
import { isFresh, isQuiescent, stateOf, statusOf } from "./connection-state.ts";
import type { Deps } from "./deps.ts";
import { nextStep } from "./next-step.ts";
import { streamsOf } from "./stream-shape.ts";

const hour = 3_600_000;

/** Connections as they are answered, with everything counted now. */
export async function describe(
  deps: Deps,
  tx: Tx,
  connections: readonly Connection[],
): Promise<ConnectionAnswer[]> {
  const ids = connections.map((connection) => connection.id);
  const facts = await readFacts(tx, ids);
  const expiries = await readExpiries(tx, deps.keyRing, ids);
  const running = await readRunning(tx, ids);
  const streams = await readStreams(
    tx,
    connections.filter((one) => hasRecords(deps, one)).map((one) => one.id),
  );
  const names = await connectionNames(tx, ids);
  return connections.flatMap((connection) => {
    const known = facts.get(connection.id);
    if (!known) return [];
    const isOurs = (one: { connectionId: string }) => one.connectionId === connection.id;
    const more = {
      name: names.find(({ id }) => id === connection.id)?.names[0] ?? null,
      expiry: expiries.get(connection.id) ?? null,
      running: running.filter(isOurs),
      streams: streams.filter(isOurs),
    };
    return [toAnswer(deps, connection, known, more)];
  });
}

interface More {
  name: string | null;
  expiry: Expiry | null;
  running: readonly Running[];
  streams: readonly StreamFacts[];
}

function toAnswer(
  deps: Deps,
  connection: Connection,
  facts: ConnectionFacts,
  { name, expiry, running, streams }: More,
): ConnectionAnswer {
  const now = deps.now();
  const connector = deps.registry.get(connection.provider);
  const { kind } = connector;
  const { usualMs, lateAfterMs } = paceOf(deps, connector, running);
  const pollIntervalMs = connection.pollIntervalMs ?? usualMs;
  const { freshnessTargetMs } = connection;
  const fresh = isFresh(facts, {
    targetMs: freshnessTargetMs,
    pollMs: connection.pollIntervalMs ?? lateAfterMs,
    tickMs: deps.config.POLL_TICK_MS,
  });
  const state = stateOf(connection, facts, { now, fresh });
  const { links, setAside, pendingWrites, failedWrites, openConflicts, heldPlans, hasCursor } =
    facts;
  const { id, provider, calendarId, account, direction, policy, firstSync } = connection;
  const { enabled, pausedReason, grantState, settings, waitReason } = connection;
  const tokenEndsAt = kind === "records" && expiry?.isRenewable === false ? expiry.at : null;
  const described = streamsOf(connector, streams);
  return {
    id,
    provider,
    name,
    kind,
    settings: kind === "records" ? settings : {},
    calendarId,
    account,
    direction,
    policy,
    firstSync,
    enabled,
    pausedReason,
    grantState,
    remoteCalendarId: settings["calendarId"] ?? null,
    properties: propertiesOf(settings),
    state,
    status: statusOf(state, connection, { now, kind }),
    quiescent: isQuiescent(facts),
    nextStep: nextStep(connection, { kind, facts, state, fresh, tokenEndsAt, now }),
    pollIntervalMs,
    freshnessTargetMs,
    lastCompletePassAt: text(connection.lastCompletePassAt),
    fresh,
    nextRunAt: running.flatMap(({ nextRunAt }) => nextRunAt ?? []).toSorted()[0] ?? null,
    waitUntil: text(connection.waitUntil),
    waitReason,
    runningSessionId: facts.runningSession,
    nextSessionId: facts.nextSession,
    counters: {
      links,
      setAside,
      pendingWrites,
      failedWrites,
      openConflicts,
      heldPlans,
      records: sum(described.map(({ records }) => records)),
      recordsSetAside: sum(described.map((stream) => stream.setAside)),
    },
    streams: described,
    channel: channelOf(facts, now),
    hasCursor,
    tokenExpiresAt: expiry === null ? null : new Date(expiry.at).toISOString(),
    lastErrorCode: connection.lastErrorCode,
    lastError: connection.lastError,
    lastErrorAt: text(connection.lastErrorAt),
    createdAt: connection.createdAt.toISOString(),
    disconnectedAt: text(connection.disconnectedAt),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Business data keeps the pace of its most frequent schedule; without one it can never be late. */
function paceOf(
  deps: Deps,
  connector: AnyConnector,
  running: readonly Running[],
): { usualMs: number; lateAfterMs: number } {
  if (connector.kind === "calendar") {
    const usualMs = connector.pollIntervalMs ?? deps.config.POLL_INTERVAL_MS;
    return { usualMs, lateAfterMs: usualMs };
  }
  const lateAfterMs = Math.min(...running.map(({ cadence }) => longestGapMs(cadence)));
  const usualMs = Number.isFinite(lateAfterMs) ? lateAfterMs : connector.usualEveryHours * hour;
  return { usualMs, lateAfterMs };
}

function channelOf({ channel }: ConnectionFacts, now: number): ConnectionAnswer["channel"] {
  if (!channel) return "polling only";
  const left = channel.expiresAt === null ? null : (Date.parse(channel.expiresAt) - now) / hour;
  return { ...channel, hoursLeft: left === null ? null : Math.round(left * 10) / 10 };
}

const text = (at: Date | null): string | null => at?.toISOString() ?? null;
