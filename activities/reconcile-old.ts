import type { RemoteLiving } from "../connectors/connector.ts";
import type { Link } from "../db/links.ts";
import type { EventItem } from "../sync/event.ts";
import type { ItemContext } from "./reconcile-item.ts";

/** How long a provider's lists may go on showing what is no longer so. */
const echoMs = 60_000;

type Context = Pick<
  ItemContext,
  "rules" | "now" | "clockOffset" | "earlierMarks" | "isReadByItself"
>;

/**
 * Whether the link has seen this state of the remote, or a later one. The provider's time of the last
 * edit tells, as far as its clock is fine enough; within one step of a coarse clock other signs must.
 */
export function isOld(link: Link, remote: RemoteLiving<EventItem>, context: Context): boolean {
  const { rules } = context;
  if (link.state === "waiting" || link.state === "set-aside") return false;
  const ahead =
    remote.updatedAt === null || link.remoteUpdatedAt === null
      ? 1
      : remote.updatedAt - link.remoteUpdatedAt;
  const isSame = remote.version !== null && remote.version === link.remoteVersion;
  if (link.state === "tombstone")
    return isSame || (ahead <= 0 && !livesAgain(link, ahead, context));
  if (link.deletionSeen) return ahead < 0;
  // An owner's item may be the same, and ours no longer what it was: an edit is put back.
  if (isSame && ahead >= 0) return rules.policy !== "owner";
  if (ahead < 0) return true;
  return ahead === 0 && precedesOurWrite(link, remote, context);
}

/**
 * Deleted, and back within the same step of the clock: once no list can still be lagging behind the
 * deletion, an item that is listed is there.
 */
function livesAgain(link: Link, ahead: number, { rules, now, clockOffset }: Context): boolean {
  if (rules.timeResolutionMs <= 1 || ahead <= -rules.timeResolutionMs) return false;
  return now + clockOffset - (link.remoteUpdatedAt ?? 0) > rules.timeResolutionMs + echoMs;
}

/**
 * Our last write left its mark, and everybody's edits since then keep it: an item that bears an earlier
 * one was read from a list that lags behind. An item without any is believed where it was read by
 * itself, and otherwise when the lag is over.
 */
function precedesOurWrite(
  link: Link,
  remote: RemoteLiving<EventItem>,
  { rules, now, clockOffset, earlierMarks, isReadByItself }: Context,
): boolean {
  if (link.remoteMark === null || remote.mark === link.remoteMark) return false;
  if (remote.mark !== undefined) return earlierMarks.has(remote.mark);
  if (isReadByItself) return false;
  return now + clockOffset - (link.remoteUpdatedAt ?? 0) < rules.timeResolutionMs + echoMs;
}
