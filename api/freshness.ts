import { isPolled } from "../connectors/registry.ts";
import type { Connection } from "../db/connections.ts";
import type { Deps } from "./deps.ts";
import { wrong } from "./problems.ts";

type Pace = Partial<Pick<Connection, "pollIntervalMs" | "freshnessTargetMs">>;

/**
 * A quiet calendar is read completely once a poll and no more often: a target below that would call
 * people every time.
 *
 * @throws Problem
 */
export function refuseUnmeetable(
  { registry, config }: Pick<Deps, "registry" | "config">,
  connection: Connection,
  said: { [name in keyof Pace]: Pace[name] | undefined },
): void {
  if (said.pollIntervalMs === undefined && said.freshnessTargetMs === undefined) return;
  const connector = registry.get(connection.provider);
  if (connector.kind !== "calendar" || !isPolled(connector)) return;
  const target =
    said.freshnessTargetMs === undefined ? connection.freshnessTargetMs : said.freshnessTargetMs;
  const poll = said.pollIntervalMs === undefined ? connection.pollIntervalMs : said.pollIntervalMs;
  const pollMs = poll ?? connector.pollIntervalMs ?? config.POLL_INTERVAL_MS;
  if (target !== null && target < pollMs + config.POLL_TICK_MS)
    throw wrong(
      "/freshnessTargetMs",
      `is shorter than the time between two polls (${pollMs + config.POLL_TICK_MS} ms): choose a shorter pollIntervalMs as well`,
    );
}
