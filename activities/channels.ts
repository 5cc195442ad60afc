import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Watch } from "../connectors/connector.ts";
import { WatchUnsupported } from "../connectors/errors.ts";
import {
  addChannel,
  channelOpened,
  channelsToRenew,
  channelsToStop,
  endChannel,
  hasOpenChannel,
  setWatchable,
} from "../db/channels.ts";
import type { ActivityDeps } from "./deps.ts";
import { setbackOf } from "./failures.ts";
import { type ConnectionRef, openConnection } from "./open-connection.ts";

const renewAtOnce = 50;

/**
 * Opens a channel where the connection has none that lasts, or in any case to `replace` it; new before
 * old. A connection that cannot be watched is polled; a provider that is down is tried again at the
 * next session or renewal.
 */
export async function openChannel(
  deps: ActivityDeps,
  { replace = false, ...ref }: ConnectionRef & { replace?: boolean },
): Promise<{ opened: boolean }> {
  const inTx = <T>(work: Parameters<typeof deps.db.withCompany<T>>[1]) =>
    deps.db.withCompany(ref.companyId, work);
  const lasting = await inTx((tx) =>
    hasOpenChannel(tx, ref.connectionId, deps.config.CHANNEL_RENEW_BEFORE_MS),
  );
  if (lasting && !replace) return { opened: false };
  const id = randomUUID();
  try {
    const { remote, source } = await openConnection(deps, ref);
    if (!remote.watch) return { opened: false };
    const secret = randomBytes(32).toString("base64url");
    const secretHash = createHash("sha256").update(secret).digest();
    await inTx((tx) => addChannel(tx, { id, ...ref, secretHash }));
    deps.crash("channel committed");
    const base = deps.config.WEBHOOK_BASE_URL ?? deps.config.PUBLIC_URL;
    const address = new URL(`/api/calendar/webhooks/${source}`, base).href;
    const ttlSeconds = Math.round(deps.config.CHANNEL_TTL_MS / 1000);
    const opened = await remote.watch.open({ id, address, secret, ttlSeconds }, deadline(deps));
    deps.crash("channel opened");
    await inTx((tx) =>
      channelOpened(tx, {
        id,
        connectionId: ref.connectionId,
        resourceId: opened.resourceId,
        expiresAt: new Date(opened.expiresAt),
      }),
    );
    await stopEnded(deps, ref, remote.watch, false);
    return { opened: true };
  } catch (error) {
    const setback = setbackOf(error);
    if (!(error instanceof WatchUnsupported) && !setback) throw error;
    const reason = error instanceof Error ? error.message : "unknown";
    await inTx(async (tx) => {
      await endChannel(tx, id, "failed", reason);
      if (error instanceof WatchUnsupported) await setWatchable(tx, ref.connectionId, false);
    });
    deps.log.warn({ ...ref, reason }, "no push channel; the connection is polled");
    return { opened: false };
  }
}

/** One batch of the daily renewal; superseded channels whose overlap is over are stopped with it. */
export async function renewChannels(
  deps: ActivityDeps,
): Promise<{ renewed: number; failed: number; more: boolean }> {
  const due = await deps.db.acrossCompanies((tx) =>
    channelsToRenew(tx, deps.config.CHANNEL_RENEW_BEFORE_MS, renewAtOnce),
  );
  const outcomes = [];
  for (const ref of due) outcomes.push(await openChannel(deps, ref));
  const renewed = outcomes.filter((outcome) => outcome.opened).length;
  // A batch that renewed nothing would only be found again: the rest waits for the next day's run.
  return { renewed, failed: due.length - renewed, more: due.length === renewAtOnce && renewed > 0 };
}

/** Stops every channel of a connection: for good, or at a person's request. */
export async function stopChannels(deps: ActivityDeps, ref: ConnectionRef): Promise<void> {
  try {
    const { remote } = await openConnection(deps, ref, { disconnected: true });
    if (remote.watch) await stopEnded(deps, ref, remote.watch, true);
  } catch (error) {
    if (!setbackOf(error)) throw error;
    deps.log.warn(
      { ...ref },
      "channels could not be stopped at the provider; their messages are ignored",
    );
    await deps.db.withCompany(ref.companyId, async (tx) => {
      for (const { id } of await channelsToStop(tx, ref.connectionId, {
        all: true,
        overlapMs: 0,
      })) {
        await endChannel(tx, id, "closed", "not stopped at the provider");
      }
    });
  }
}

async function stopEnded(
  deps: ActivityDeps,
  ref: ConnectionRef,
  watch: Watch,
  all: boolean,
): Promise<void> {
  const ended = await deps.db.withCompany(ref.companyId, (tx) =>
    channelsToStop(tx, ref.connectionId, { all, overlapMs: deps.config.CHANNEL_OVERLAP_MS }),
  );
  for (const { id, resourceId } of ended) {
    if (resourceId) await watch.close({ id, resourceId }, deadline(deps));
    await deps.db.withCompany(ref.companyId, (tx) =>
      endChannel(tx, id, "closed", all ? "stopped" : "superseded"),
    );
  }
}

function deadline(deps: ActivityDeps): AbortSignal {
  return AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS);
}
