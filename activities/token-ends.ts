import type { Tx } from "../db/client.ts";
import { listConnections } from "../db/connections.ts";
import { type Expiry, readExpiries } from "../db/grants.ts";
import { addNotices } from "../db/notices.ts";
import { lastTold } from "../db/told.ts";
import type { ActivityDeps } from "./deps.ts";

const day = 24 * 3_600_000;
const kind = "token";
const most = 10_000;
/** Days before the end at which it is said, each once, and how pressing it is then. */
const warnings = [
  { days: 1, severity: "error" },
  { days: 7, severity: "warn" },
  { days: 30, severity: "info" },
] as const;

/**
 * Says of tokens that end soon and that only a person can replace, in the caller's transaction. Repeated
 * on the same day it says nothing more: what was told since the same warning was due is not told again.
 */
export async function tellTokenEnds(
  tx: Tx,
  deps: ActivityDeps,
  companyId: string,
): Promise<number> {
  const living = (await listConnections(tx, { limit: most })).filter(
    ({ provider, grantState }) => grantState === "ok" && isEntered(deps, provider),
  );
  const ids = living.map(({ id }) => id);
  const expiries =
    ids.length === 0 ? new Map<string, Expiry>() : await readExpiries(tx, deps.keys, ids);
  const told = await lastTold(tx, kind);
  const due = living.flatMap(({ id, provider }) => {
    const expiry = expiries.get(id);
    if (!expiry || expiry.isRenewable) return [];
    const warning = warnings.find(({ days }) => expiry.at - deps.now() <= days * day);
    if (!warning || (told.get(id) ?? 0) >= expiry.at - warning.days * day) return [];
    return [noticeOf({ id, provider, endsAt: expiry.at, severity: warning.severity })];
  });
  await addNotices(tx, companyId, due);
  return due.length;
}

const isEntered = ({ registry }: ActivityDeps, provider: string): boolean =>
  registry.list().some((one) => one.provider === provider && one.entry !== undefined);

function noticeOf(of: {
  id: string;
  provider: string;
  endsAt: number;
  severity: (typeof warnings)[number]["severity"];
}) {
  const on = new Date(of.endsAt).toLocaleDateString("en-GB", {
    dateStyle: "long",
    timeZone: "UTC",
  });
  return {
    kind,
    severity: of.severity,
    connectionId: of.id,
    subjectId: null,
    message: `the token for ${of.provider} ends on ${on}: a person has to make a new one there and enter it here`,
    repeats: 0,
  };
}
