import { fromInstant } from "../../sync/time.ts";
import { canonical, type Content } from "../../sync/record.ts";
import type { RecordHistory, Timeline, TimelineEntry } from "../records.ts";
import { type Belief, beliefsOf, isSame, type Known, nothing, type Told } from "./beliefs.ts";
import { createLeavings } from "./leavings.ts";
import { zone } from "./values.ts";

type Draft = Told & Pick<TimelineEntry, "on" | "kind">;

/** What is stored together was read together, even should its times differ by a little. */
const oneReadingMs = 60_000;

/** Of equal days: who comes, comes first, and who leaves, last. */
const ranks = ["hired", "contract-started", "contract-changed", "hours-changed", "salary-changed"];
const rankOf = (kind: string) =>
  kind === "left" ? ranks.length + 1 : ranks.includes(kind) ? ranks.indexOf(kind) : ranks.length;

/**
 * What has become of one person, told from what was known when: every time at which something was first
 * seen is gone through in turn, and what came to be believed then is an entry. An entry stays; what
 * contradicts it later is another one, `corrected`. `readEveryMs` is how often everything is looked at.
 */
export function createTimeline(readEveryMs: number): Timeline {
  return { of: "employees", tell: (history) => tell(history, readEveryMs) };
}

function tell(history: readonly RecordHistory[], readEveryMs: number): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  const state = new Map<string, Map<string, Known>>();
  const leavings = createLeavings();
  const moments = momentsOf(history);
  const readings = readingsOf(moments);
  let before = new Map<string, Belief>();
  for (const [at, changes] of moments) {
    for (const change of changes) apply(state, change);
    leavings.note(at, state);
    // Who is deleted takes everything along, which does not mean that none of it had been.
    if (leavings.isDeleted()) continue;
    const after = beliefsOf(state);
    const isKnown = (id: string) => state.get("employments")?.has(id) === true;
    const upTo = knownUpTo(readings, at, readEveryMs);
    for (const draft of newsOf(before, after, isKnown)) {
      const retroactive = upTo !== null && draft.on < upTo;
      entries.push({ ...draft, learnedAt: at, retroactive });
    }
    before = after;
  }
  for (const at of leavings.unexplained()) {
    const detail = { status: "out of service" };
    const base = { on: dayOf(at), kind: "left", detail, sensitive: {}, learnedAt: at };
    entries.push({ ...base, retroactive: false });
  }
  return entries.toSorted(compare);
}

interface Change {
  stream: string;
  remoteId: string;
  known: Known | null;
}

function momentsOf(history: readonly RecordHistory[]): [number, Change[]][] {
  const moments = new Map<number, Change[]>();
  for (const { stream, remoteId, versions } of history) {
    let at = -Infinity;
    for (const version of versions.toSorted((a, b) => a.version - b.version)) {
      const { content, sensitive, firstSeenAt } = version;
      // A clock that was set back turns no version into an earlier one.
      at = Math.max(at, firstSeenAt);
      const known = content === null ? null : { content, sensitive };
      moments.set(at, [...(moments.get(at) ?? []), { stream, remoteId, known }]);
    }
  }
  return [...moments].toSorted(([a], [b]) => a - b);
}

function apply(state: Map<string, Map<string, Known>>, { stream, remoteId, known }: Change): void {
  const records = state.get(stream) ?? new Map<string, Known>();
  if (known === null) records.delete(remoteId);
  else records.set(remoteId, known);
  state.set(stream, records);
}

/** When the history was read and had news; the list of people says nothing of it. */
function readingsOf(moments: readonly (readonly [number, Change[]])[]): number[] {
  return moments
    .filter(([, changes]) => changes.some(({ stream }) => stream !== "employees"))
    .map(([at]) => at);
}

/**
 * The day up to which the past had been known before this reading; null at the first. That is the day of
 * the reading before. One without news has left no version, but none is longer ago than `readEveryMs`.
 */
function knownUpTo(readings: readonly number[], at: number, readEveryMs: number): string | null {
  const last = readings.findLast((time) => time < at - oneReadingMs);
  return last === undefined ? null : dayOf(Math.max(last, at - readEveryMs));
}

function newsOf(
  before: ReadonlyMap<string, Belief>,
  after: ReadonlyMap<string, Belief>,
  isKnown: (employmentId: string) => boolean,
): Draft[] {
  const news = [...after].flatMap(([key, belief]) => changeOf(before.get(key), belief));
  const gone = [...before].flatMap(([key, belief]) => {
    // With an employment goes all that belongs to it.
    const counts = isKnown(belief.employmentId) || belief.of === "hired";
    return after.has(key) || !counts ? [] : [corrected(belief, { withdrawn: true })];
  });
  return [...news, ...gone];
}

function changeOf(before: Belief | undefined, after: Belief): Draft[] {
  if (before === undefined) return after.isNews ? [entryOf(after)] : [];
  if (before.on !== after.on) return [corrected(before, { to: after.on }), entryOf(after)];
  if (!isSame(before, after)) {
    const { detail, sensitive } = after.tell(before.value, after.value);
    return [corrected(after, detail, sensitive)];
  }
  if (before.isNews === after.isNews) return [];
  return after.isNews ? [entryOf(after)] : [corrected(before, { withdrawn: true })];
}

function entryOf({ on, kind, employmentId, detail, sensitive }: Belief): Draft {
  return { on, kind, detail: { employmentId, ...detail }, sensitive };
}

function corrected(
  { of, on, employmentId }: Belief,
  detail: Content,
  sensitive: Content = nothing.sensitive,
): Draft {
  return { on, kind: "corrected", detail: { of, employmentId, ...detail }, sensitive };
}

function dayOf(at: number): string {
  const time = fromInstant(at, zone);
  return "local" in time ? time.local.slice(0, 10) : time.date;
}

function compare(a: TimelineEntry, b: TimelineEntry): number {
  if (a.on !== b.on) return a.on < b.on ? -1 : 1;
  const rest = a.learnedAt - b.learnedAt || rankOf(a.kind) - rankOf(b.kind);
  if (rest !== 0) return rest;
  const [one, other] = [a, b].map((entry) =>
    canonical([entry.kind, entry.detail, entry.sensitive]),
  );
  return (one ?? "") < (other ?? "") ? -1 : one === other ? 0 : 1;
}
