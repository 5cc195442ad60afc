import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Watch } from "../connectors/connector.ts";
import { WatchUnsupported } from "../connectors/errors.ts";
import { sourceOf } from "../connectors/registry.ts";
import {
  addChannel,
  channelLives,
  channelOpened,
  channelSecret,
  channelsToRenew,
  channelsToStop,
  endChannel,
  hasOpenChannel,
  openChannelOf,
  setWatchable,
} from "../db/channels.ts";
import { seal } from "../db/secrets.ts";
import type { ActivityDeps } from "./deps.ts";
import { leaveIt } from "./farewell.ts";
import { setbackOf } from "./failures.ts";
import { noteLimit } from "./limits.ts";
import { type ConnectionRef, openProvider, type Provider } from "./open-provider.ts";

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
  const lasting = await deps.db.withCompany(ref.companyId, (tx) =>
    hasOpenChannel(tx, ref.connectionId, deps.config.CHANNEL_RENEW_BEFORE_MS),
  );
  if (lasting && !replace) return { opened: false };
  const id = randomUUID();
  let watch: Watch | undefined;
  let account: string | null = null;
  try {
    const opened = await openProvider(deps, ref);
    account = opened.account;
    watch = opened.remote.watch;
    if (!watch) return { opened: false };
    if (!replace && (await stillLives(deps, opened))) return { opened: false };
    await openNew(deps, opened, { id, watch });
  } catch (error) {
    await noteFailed(deps, { ...ref, account }, id, error);
    return { opened: false };
  }
  await stopSuperseded(deps, ref, watch);
  return { opened: true };
}

const livesForMs = 26 * 60 * 60_000;

/** Where a provider may stop sending without a word, it is asked; a channel that still lives is kept. */
async function stillLives(deps: ActivityDeps, opened: Provider): Promise<boolean> {
  if (opened.kind !== "records" || !opened.remote.watch) return false;
  const { companyId, connectionId } = opened;
  const channel = await deps.db.withCompany(companyId, (tx) => openChannelOf(tx, connectionId));
  if (!channel || !(await opened.remote.watch.isAlive(channel, deadline(deps)))) return false;
  await deps.db.withCompany(companyId, (tx) => channelLives(tx, channel.id, livesForMs));
  return true;
}

async function openNew(
  deps: ActivityDeps,
  opened: Provider,
  { id, watch }: { id: string; watch: Watch },
): Promise<void> {
  const { companyId, connectionId, kind, row } = opened;
  const ref = { companyId, connectionId };
  const secret = randomBytes(32).toString("base64url");
  const secretHash = createHash("sha256").update(secret).digest();
  const sealed =
    kind === "records" ? seal(deps.keys, channelSecret({ id, companyId }), secret) : null;
  await deps.db.withCompany(companyId, (tx) =>
    addChannel(tx, { id, ...ref, secretHash, secret: sealed }),
  );
  deps.crash("channel committed");
  const base = deps.config.WEBHOOK_BASE_URL ?? deps.config.PUBLIC_URL;
  const address = new URL(
    `/api${kind === "calendar" ? "/calendar" : ""}/webhooks/${sourceOf(row.provider)}`,
    base,
  ).href;
  const ttlSeconds = Math.round(deps.config.CHANNEL_TTL_MS / 1000);
  const channel = await watch.open({ id, address, secret, ttlSeconds }, deadline(deps));
  deps.crash("channel opened");
  const { resourceId } = channel;
  const expiresAt = new Date(channel.expiresAt);
  await deps.db.withCompany(ref.companyId, (tx) =>
    channelOpened(tx, { id, connectionId: ref.connectionId, resourceId, expiresAt }),
  );
}

/** @throws what is no connector's error */
async function noteFailed(
  deps: ActivityDeps,
  of: ConnectionRef & { account: string | null },
  id: string,
  error: unknown,
): Promise<void> {
  const isUnwatchable = error instanceof WatchUnsupported;
  const setback = setbackOf(error);
  if (!isUnwatchable && !setback) throw error;
  const { companyId, connectionId } = of;
  const reason = error instanceof Error ? error.message : "unknown";
  await deps.db.withCompany(companyId, async (tx) => {
    await endChannel(tx, id, "failed", reason);
    if (isUnwatchable) await setWatchable(tx, connectionId, false);
    if (setback?.kind === "limited") await noteLimit(tx, of, setback.delayMs);
  });
  deps.log.warn({ companyId, connectionId, reason }, "no push channel; the connection is polled");
}

/** The new channel is open, whatever becomes of the old ones: they end by themselves. */
async function stopSuperseded(deps: ActivityDeps, ref: ConnectionRef, watch: Watch): Promise<void> {
  try {
    await stopEnded(deps, ref, watch, false);
  } catch (error) {
    if (!setbackOf(error)) throw error;
    deps.log.warn({ ...ref }, "a superseded channel could not be stopped yet");
  }
}

/**
 * One batch of the daily renewal, from after the connection `after`; superseded channels whose overlap
 * is over are stopped with it.
 */
export async function renewChannels(
  deps: ActivityDeps,
  after: string | null,
): Promise<{ renewed: number; failed: number; more: boolean; after: string | null }> {
  const end = deps.now() + deps.config.ACTIVITY_BUDGET_MS;
  const due = await deps.db.acrossCompanies((tx) =>
    channelsToRenew(tx, deps.config.CHANNEL_RENEW_BEFORE_MS, { after, limit: renewAtOnce }),
  );
  const tried = [];
  for (const ref of due) {
    tried.push({ ...ref, ...(await openChannel(deps, ref)) });
    if (deps.now() > end) break;
  }
  const renewed = tried.filter(({ opened }) => opened).length;
  const last = tried.at(-1)?.connectionId ?? null;
  const more = due.length === renewAtOnce || tried.length < due.length;
  return { renewed, failed: tried.length - renewed, more, after: last };
}

/** Stops every channel of a connection: for good, or at a person's request. */
export async function stopChannels(deps: ActivityDeps, ref: ConnectionRef): Promise<void> {
  try {
    const { remote } = await openProvider(deps, ref, { disconnected: true });
    if (remote.watch) await stopEnded(deps, ref, remote.watch, true);
  } catch (error) {
    leaveIt(error);
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
