import type { RecordChange, RecordItem } from "../../connectors/records.ts";
import type { Tx } from "../../db/client.ts";
import { newId } from "../../db/ids.ts";
import { type Counts, noCounts } from "../../db/progress.ts";
import {
  insertRecords,
  type Known,
  markGone,
  type NewVersion,
  noteAlive,
  noteHints,
  type OfStream,
  setRecordsAside,
  updateRecords,
  versionSecret,
} from "../../db/records.ts";
import { type KeyRing, seal } from "../../db/secrets.ts";
import { decideReading, unstorable } from "../../sync/record.ts";
import type { Identity } from "./open.ts";

export interface Storing extends OfStream {
  keys: KeyRing;
  identify(item: RecordItem): Identity;
}

export interface Stored {
  counts: Counts;
  /** Items of which what is read for them alone may have changed. */
  moved: string[];
}

/** Index rows of Postgres hold no more than some 2,700 bytes. */
const longestId = 500;
const longestText = 8 * 1_048_576;

type Living = Extract<RecordChange, { state: "living" }>;

/** What a set of readings comes to, before it is stored. */
class Batch {
  readonly made: NewVersion[] = [];
  readonly changed: NewVersion[] = [];
  readonly alive: string[] = [];
  readonly hints: { id: string; hint: string }[] = [];
  readonly gone: string[] = [];
  readonly aside: { remoteId: string; reason: string }[] = [];
  readonly moved: string[] = [];
  readonly counts = noCounts();
}

/**
 * Takes readings over in the caller's transaction, in sets: what is no news costs a comparison in
 * memory and no row. Deletions are only marked. No two of `readings` are of one item (`newest`).
 */
export async function storeReadings(
  tx: Tx,
  of: Storing,
  readings: readonly RecordChange[],
  known: ReadonlyMap<string, Known>,
): Promise<Stored> {
  const batch = new Batch();
  for (const reading of readings) take(batch, of, reading, known.get(reading.remoteId) ?? null);
  await insertRecords(tx, of, batch.made);
  await updateRecords(tx, of, batch.changed);
  await noteAlive(tx, batch.alive);
  await noteHints(tx, batch.hints);
  await markGone(tx, of, batch.gone);
  await setRecordsAside(tx, of, batch.aside);
  return { counts: batch.counts, moved: batch.moved };
}

/** One reading of each item: the last, and a living one before one that says deleted. */
export function newest(readings: readonly RecordChange[]): RecordChange[] {
  const byId = new Map<string, RecordChange>();
  for (const reading of readings) {
    const before = byId.get(reading.remoteId);
    if (before?.state === "living" && reading.state === "deleted") continue;
    byId.set(reading.remoteId, reading);
  }
  return [...byId.values()];
}

function take(batch: Batch, of: Storing, reading: RecordChange, known: Known | null): void {
  const { remoteId } = reading;
  if (remoteId.length > longestId || unstorable(JSON.stringify(remoteId))) {
    batch.counts.failed += 1;
  } else if (reading.state === "deleted") {
    if (known && known.state !== "deleted") batch.gone.push(remoteId);
  } else if (reading.state === "set-aside") {
    setAside(batch, remoteId, reading.reason);
  } else {
    takeLiving(batch, of, reading, known);
  }
}

function setAside(batch: Batch, remoteId: string, reason: string): void {
  batch.aside.push({ remoteId, reason });
  batch.counts.failed += 1;
}

function takeLiving(batch: Batch, of: Storing, reading: Living, known: Known | null): void {
  const { remoteId, item } = reading;
  const { hash, text } = of.identify(item);
  const action = decideReading(known, hash);
  const hint = item.hint ?? null;
  if (action) {
    const reason = whyNot(item, text);
    if (reason) return setAside(batch, remoteId, reason);
    const next = versionOf(of, reading, { hash, text, known });
    (known ? batch.changed : batch.made).push(next);
    batch.counts[action === "updated" ? "updated" : "created"] += 1;
    batch.moved.push(remoteId);
    return;
  }
  batch.counts.unchanged += 1;
  if (!known) return;
  if (known.absences > 0 || known.gone || known.state === "set-aside") batch.alive.push(known.id);
  if (hint === null || hint === known.hint) return;
  batch.hints.push({ id: known.id, hint });
  batch.moved.push(remoteId);
}

/** Why an item cannot be kept; null where it can. */
function whyNot({ sensitive, parentId, hint }: RecordItem, text: string): string | null {
  const rest = JSON.stringify([sensitive, parentId, hint]);
  return text.length + rest.length > longestText
    ? "it is larger than 8 MB"
    : (unstorable(text) ?? unstorable(rest));
}

function versionOf(
  of: Storing,
  { remoteId, item, updatedAt }: Living,
  { hash, text, known }: Identity & { known: Known | null },
): NewVersion {
  const id = known?.id ?? newId();
  const version = (known?.version ?? 0) + 1;
  const isSecret = item.sensitive !== undefined && Object.keys(item.sensitive).length > 0;
  return {
    id,
    remoteId,
    version,
    hash,
    parentId: item.parentId ?? null,
    hint: item.hint ?? null,
    updatedAt: updatedAt !== null && isMoment(updatedAt) ? updatedAt : null,
    content: text,
    sealed: isSecret
      ? seal(
          of.keys,
          versionSecret({ companyId: of.companyId, id, version }),
          JSON.stringify(item.sensitive),
        )
      : null,
  };
}

/** Within the years that Postgres and JavaScript both know. */
const isMoment = (ms: number): boolean => ms > -62_135_596_800_000 && ms < 253_402_300_800_000;
