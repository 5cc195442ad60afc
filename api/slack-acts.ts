import type { Tx } from "../db/client.ts";
import { type ConnectionNames, connectionNames } from "../db/connection-names.ts";
import { listConflicts } from "../db/conflicts.ts";
import { listConnections } from "../db/connections.ts";
import type { KeyHolder } from "../db/api-keys.ts";
import { labelOf, named } from "./connection-names.ts";
import type { ConnectionAnswer } from "./connection-shape.ts";
import { change } from "./connections.ts";
import type { Deps } from "./deps.ts";
import { describe } from "./describe.ts";
import { listed } from "./slack-text.ts";
import { syncNow } from "./sync-now.ts";

/** Who has typed a command, as whom it is done, and until when somebody listens. */
export interface SlackCall {
  caller: KeyHolder;
  gone: AbortSignal;
}

/** Lines for whoever asked, and the session that they may want to hear the end of. */
export interface Said {
  lines: string[];
  sessionId?: string;
}

const shown = 20;
const mostDescribed = 200;

/** How the connections stand, in the words of everywhere else; what wants a person comes first. */
export async function status(deps: Deps, { caller }: SlackCall, name: string): Promise<Said> {
  return deps.database.withCompany(caller.companyId, async (tx) => {
    const all = await connectionNames(tx);
    const meant = name === "" ? all : named(all, name);
    if (meant.length === 0) return nothingCalled(name, all);
    const ids = meant.slice(0, mostDescribed).map(({ id }) => id);
    const described = await describe(
      deps,
      tx,
      await listConnections(tx, { ids, limit: ids.length }),
    );
    const lines = described.toSorted(byPressing).map((one) => lineOf(one, meant));
    const left = meant.length - ids.length;
    return {
      lines: [...listed(lines, shown), ...(left > 0 ? [`(${left} more were not looked at)`] : [])],
    };
  });
}

/** Rings through the front door, as everything does; answers the session that will serve it. */
export async function now(deps: Deps, call: SlackCall, name: string): Promise<Said> {
  const { companyId } = call.caller;
  const all = await deps.database.withCompany(companyId, (tx) => connectionNames(tx));
  const meant = name === "" && all.length === 1 ? all : named(all, name);
  const [one, ...others] = meant;
  if (!one) return nothingCalled(name, all);
  if (others.length > 0) return ambiguous(name, meant);
  const answer = await syncNow(deps, call, one.id, { trigger: "slack" });
  const { sessionId } = (answer as { body: { sessionId: string } }).body;
  return {
    lines: [
      `Syncing ${labelOf(one)}: session ${sessionId}`,
      address(deps, `sessions/${sessionId}`),
    ],
    sessionId,
  };
}

/** Pauses a connection and keeps why. The name may be of several words: the longest that names one counts. */
export async function pause(deps: Deps, call: SlackCall, text: string): Promise<Said> {
  const { companyId, name: by } = call.caller;
  const all = await deps.database.withCompany(companyId, (tx) => connectionNames(tx));
  const { meant, reason } = nameAndReason(all, text);
  const [one, ...others] = meant;
  if (!one) return nothingCalled(text, all);
  if (others.length > 0) return ambiguous(text, meant);
  const kept = `${(reason || "paused from Slack").slice(0, 400)} (${by})`;
  await change(deps, call, one.id, { enabled: false, pausedReason: kept });
  return { lines: [`Paused ${labelOf(one)}: ${kept}`] };
}

/** Fields that both sides have changed and nobody has decided. Never what the events are called. */
export async function conflicts(deps: Deps, { caller }: SlackCall, name: string): Promise<Said> {
  return deps.database.withCompany(caller.companyId, async (tx) => {
    const all = await connectionNames(tx);
    const meant = name === "" ? all : named(all, name);
    if (meant.length === 0) return nothingCalled(name, all);
    const open = await openOf(tx, name === "" ? null : meant);
    if (open.length === 0) return { lines: ["No conflict is open."] };
    const labels = new Map(all.map((one) => [one.id, labelOf(one)]));
    const lines = open.map(
      ({ id, field, connectionId, openedAt }) =>
        `${field} on ${labels.get(connectionId) ?? connectionId}, since ${minuteOf(openedAt)} UTC: conflict ${id}`,
    );
    return { lines: [...listed(lines, shown), address(deps, "conflicts?state=open")] };
  });
}

const mostOpen = 200;

async function openOf(tx: Tx, of: readonly ConnectionNames[] | null) {
  const page = { after: undefined, limit: mostOpen };
  if (of === null) return listConflicts(tx, { state: "open" }, page);
  const found = [];
  for (const { id } of of)
    found.push(...(await listConflicts(tx, { state: "open", connectionId: id }, page)));
  return found;
}

function nameAndReason(
  all: readonly ConnectionNames[],
  text: string,
): { meant: ConnectionNames[]; reason: string } {
  const words = text.split(/\s+/).filter(Boolean);
  for (let length = words.length; length > 0; length -= 1) {
    const meant = named(all, words.slice(0, length).join(" "));
    if (meant.length > 0) return { meant, reason: words.slice(length).join(" ") };
  }
  return { meant: [], reason: "" };
}

function nothingCalled(name: string, all: readonly ConnectionNames[]): Said {
  if (all.length === 0) return { lines: ["There is no connection yet."] };
  const said = name === "" ? "Say which one:" : `Nothing here is called "${name}". There is:`;
  return { lines: [said, ...listed(all.map(labelOf), shown)] };
}

function ambiguous(name: string, meant: readonly ConnectionNames[]): Said {
  const lines = listed(meant.map(labelOf), shown);
  return { lines: [`"${name}" may be each of these; say more of its name, or its id:`, ...lines] };
}

function lineOf(one: ConnectionAnswer, all: readonly ConnectionNames[]): string {
  const names = all.find(({ id }) => id === one.id);
  const why = one.pausedReason ?? one.nextStep ?? one.lastError;
  return `${names ? labelOf(names) : one.id}: ${one.status}${why === null ? "" : ` (${why})`}`;
}

const calm = new Set(["idle", "running", "queued"]);
const byPressing = (a: ConnectionAnswer, b: ConnectionAnswer): number =>
  Number(calm.has(a.state)) - Number(calm.has(b.state));

const address = ({ config }: Deps, path: string): string =>
  `${config.PUBLIC_URL.replace(/\/$/, "")}/api/${path}`;
const minuteOf = (at: Date): string => at.toISOString().slice(0, 16).replace("T", " ");
