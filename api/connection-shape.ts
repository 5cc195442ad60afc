import { z } from "zod";
import { readFacts, type ConnectionFacts } from "../db/connection-facts.ts";
import type { Connection } from "../db/connections.ts";
import { readExpiries } from "../db/grants.ts";
import type { Tx } from "../db/client.ts";
import {
  type ConnectionState,
  isFresh,
  isQuiescent,
  isUnchosen,
  stateOf,
  statusOf,
  statusWords,
} from "./connection-state.ts";
import { propertiesOf, propertiesShape } from "./connection-settings.ts";
import type { Deps } from "./deps.ts";

const instant = z.iso.datetime().nullable();
const hour = 3_600_000;

export const connectionShape = z
  .object({
    id: z.guid(),
    provider: z.string(),
    calendarId: z.guid().nullable(),
    remoteCalendarId: z.string().nullable(),
    properties: propertiesShape,
    account: z.string().nullable(),
    direction: z.enum(["both", "in", "out"]),
    policy: z.enum(["newest", "ours", "theirs", "owner", "ask"]),
    firstSync: z.enum(["run", "preview"]),
    enabled: z.boolean(),
    pausedReason: z.string().nullable(),
    grantState: z.enum(["pending", "ok", "needs_reauth", "revoked"]),
    state: z.enum(Object.keys(statusWords) as [ConnectionState, ...ConnectionState[]]),
    status: z.string(),
    quiescent: z.boolean().meta({ description: "Nothing is pending and nothing is running" }),
    nextStep: z.string().nullable().meta({ description: "What a person should do, in words" }),
    pollIntervalMs: z.int(),
    lastCompletePassAt: instant,
    fresh: z
      .boolean()
      .meta({ description: "The last complete pass is younger than two poll intervals" }),
    waitUntil: instant,
    runningSessionId: z.guid().nullable(),
    nextSessionId: z.guid().nullable(),
    counters: z.object({
      links: z.int(),
      setAside: z.int(),
      pendingWrites: z.int(),
      failedWrites: z.int(),
      openConflicts: z.int(),
      heldPlans: z.int(),
    }),
    channel: z.union([
      z.object({
        id: z.guid(),
        state: z.enum(["opening", "open"]),
        expiresAt: instant,
        hoursLeft: z.number().nullable(),
      }),
      z.literal("polling only"),
    ]),
    hasCursor: z.boolean(),
    tokenExpiresAt: instant,
    lastErrorCode: z.string().nullable(),
    lastError: z.string().nullable(),
    lastErrorAt: instant,
    createdAt: z.iso.datetime(),
    disconnectedAt: instant,
  })
  .meta({ id: "Connection" });

export type ConnectionAnswer = z.output<typeof connectionShape>;

/** Connections as they are answered, with everything counted now. */
export async function describe(
  deps: Deps,
  tx: Tx,
  connections: readonly Connection[],
): Promise<ConnectionAnswer[]> {
  const ids = connections.map((connection) => connection.id);
  const facts = await readFacts(tx, ids);
  const expiries = await readExpiries(tx, deps.keyRing, ids);
  return connections.flatMap((connection) => {
    const known = facts.get(connection.id);
    return known ? [toAnswer(deps, connection, known, expiries.get(connection.id) ?? null)] : [];
  });
}

function toAnswer(
  deps: Deps,
  connection: Connection,
  facts: ConnectionFacts,
  expiresAt: number | null,
): ConnectionAnswer {
  const now = deps.now();
  const connector = deps.registry.get(connection.provider);
  const usual =
    connector.kind === "records"
      ? connector.usualEveryHours * hour
      : (connector.pollIntervalMs ?? deps.config.POLL_INTERVAL_MS);
  const pollIntervalMs = connection.pollIntervalMs ?? usual;
  const fresh = isFresh(facts, pollIntervalMs, deps.config.POLL_TICK_MS);
  const state = stateOf(connection, facts, { now, fresh });
  const { lastCompletePassAt } = connection;
  const { links, setAside, pendingWrites, failedWrites, openConflicts, heldPlans, hasCursor } =
    facts;
  const {
    id,
    provider,
    calendarId,
    account,
    direction,
    policy,
    firstSync,
    enabled,
    pausedReason,
    grantState,
  } = connection;
  return {
    id,
    provider,
    calendarId,
    account,
    direction,
    policy,
    firstSync,
    enabled,
    pausedReason,
    grantState,
    remoteCalendarId: connection.settings["calendarId"] ?? null,
    properties: propertiesOf(connection.settings),
    state,
    status: statusOf(state, connection, now),
    quiescent: isQuiescent(facts),
    nextStep: nextStep(connection, facts, state, fresh),
    pollIntervalMs,
    lastCompletePassAt: text(lastCompletePassAt),
    fresh,
    waitUntil: text(connection.waitUntil),
    runningSessionId: facts.runningSession,
    nextSessionId: facts.nextSession,
    counters: { links, setAside, pendingWrites, failedWrites, openConflicts, heldPlans },
    channel: channelOf(facts, now),
    hasCursor,
    tokenExpiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    lastErrorCode: connection.lastErrorCode,
    lastError: connection.lastError,
    lastErrorAt: text(connection.lastErrorAt),
    createdAt: connection.createdAt.toISOString(),
    disconnectedAt: text(connection.disconnectedAt),
  };
}

function channelOf({ channel }: ConnectionFacts, now: number): ConnectionAnswer["channel"] {
  if (!channel) return "polling only";
  const left = channel.expiresAt === null ? null : (Date.parse(channel.expiresAt) - now) / hour;
  return { ...channel, hoursLeft: left === null ? null : Math.round(left * 10) / 10 };
}

/** What a person should do now, most pressing first. */
function nextStep(
  connection: Connection,
  facts: ConnectionFacts,
  state: ConnectionState,
  fresh: boolean,
): string | null {
  if (connection.disconnectedAt !== null) return "Make a new connection.";
  if (connection.lastErrorCode === "misconfigured")
    return `Mend what lastError names: at the provider, or with PATCH properties. ${
      state === "needs_reauth"
        ? "Then give consent: POST /api/connections/{id}/consent."
        : "It is tried again at the next poll."
    }`;
  if (state === "needs_reauth") return "Give consent: POST /api/connections/{id}/consent.";
  if (isUnchosen(connection))
    return "Choose the remote calendar: GET /api/connections/{id}/collections, then PATCH remoteCalendarId.";
  if (facts.preview === "ready")
    return "A preview waits for a person: apply or discard it (/api/plans?state=ready). Until then nothing is synced.";
  if (facts.preview === "discarded")
    return "The preview of the first sync was discarded: POST /api/connections/{id}/preview for another one, or PATCH firstSync to run.";
  if (facts.heldPlans > 0) return "Approve or reject the held deletions: /api/plans.";
  if (facts.openConflicts > 0) return "Settle the open conflicts: /api/conflicts.";
  if (facts.failedWrites > 0)
    return "Read the errors of the failed writes, then retry: POST /api/calendar/sync/queue.";
  if (state === "failing" && !fresh)
    return "No complete pass for longer than two polls: see that worker, Temporal and provider answer (GET /readyz, lastError).";
  return null;
}

const text = (at: Date | null): string | null => at?.toISOString() ?? null;
