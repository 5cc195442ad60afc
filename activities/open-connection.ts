import type { Connector, Remote } from "../connectors/connector.ts";
import { Unauthenticated } from "../connectors/errors.ts";
import { sourceOf } from "../connectors/registry.ts";
import type { Rules } from "../sync/decide.ts";
import type { EventItem } from "../sync/event.ts";
import type { BrakeLimit } from "../sync/plan.ts";
import type { ActivityDeps } from "./deps.ts";
import { type ConnectionRef, openProvider, type OpenOptions } from "./open-provider.ts";

export type { ConnectionRef } from "./open-provider.ts";

/** A calendar's connection as activities work with it. Nothing of it may reach a history or a log. */
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
  /** Null where nobody needs to be asked. */
  brake: BrakeLimit | null;
  /** The provider's clock minus the database's, in ms. */
  clockOffset: number;
  /** How the last session ended, where it did not end well. */
  lastErrorCode: string | null;
  /** Requests made through this opening. */
  calls(): number;
}

/** @throws Unauthenticated when the connection has no living grant, or no calendar */
export async function openConnection(
  deps: ActivityDeps,
  ref: ConnectionRef,
  options: OpenOptions = {},
): Promise<Opened> {
  const opened = await openProvider(deps, ref, options);
  const { row, standing, account, calls } = opened;
  if (opened.kind !== "calendar" || !row.calendarId)
    throw new Unauthenticated("the connection has no calendar");
  const { connector, remote } = opened;
  return {
    ...ref,
    calendarId: row.calendarId,
    provider: row.provider,
    source: sourceOf(row.provider),
    account,
    connector,
    remote,
    rules: { ...rulesOf(row, connector, remote), standing },
    cannotHold: (item) => remote.write?.cannotHold?.(item) ?? null,
    brake:
      connector.braked === false
        ? null
        : { count: deps.config.BRAKE_COUNT, share: deps.config.BRAKE_SHARE },
    clockOffset: row.clockOffset,
    lastErrorCode: row.lastErrorCode,
    calls,
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
