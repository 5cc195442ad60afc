import type { RecordHistory, TimelineEntry } from "../../connectors/records.ts";
import type { Tx } from "../../db/client.ts";
import {
  type HistoryRow,
  readHistories,
  replaceTimeline,
  timelineSecret,
} from "../../db/record-timeline.ts";
import { versionSecret } from "../../db/records.ts";
import { type KeyRing, seal, unseal } from "../../db/secrets.ts";
import type { Content } from "../../sync/record.ts";
import type { RecordsAttempt } from "./open.ts";

const itemsAtOnce = 100;

/** Tells the timelines of some items anew, in the caller's transaction. */
export async function tellTimelines(
  keys: KeyRing,
  tx: Tx,
  { companyId, connectionId, opened }: RecordsAttempt,
  items: readonly string[],
): Promise<void> {
  const { timeline } = opened.connector;
  if (!timeline) return;
  for (let at = 0; at < items.length; at += itemsAtOnce) {
    const remoteIds = items.slice(at, at + itemsAtOnce);
    const found = await readHistories(tx, connectionId, { stream: timeline.of, remoteIds });
    for (const remoteId of remoteIds) {
      const rows = found.filter(({ item }) => item === remoteId);
      const of = { companyId, connectionId, remoteId };
      const entries = timeline.tell(historiesOf(keys, companyId, rows));
      await replaceTimeline(
        tx,
        of,
        entries.map((entry, seq) => toRow(keys, { ...of, seq }, entry)),
      );
    }
  }
}

function historiesOf(
  keys: KeyRing,
  companyId: string,
  rows: readonly HistoryRow[],
): RecordHistory[] {
  const histories = new Map<
    string,
    RecordHistory & { versions: RecordHistory["versions"][number][] }
  >();
  for (const { recordId, stream, remoteId, version, content, sealed, firstSeenAt } of rows) {
    const history = histories.get(recordId) ?? { stream, remoteId, versions: [] };
    const place = versionSecret({ companyId, id: recordId, version });
    const sensitive = sealed === null ? {} : (JSON.parse(unseal(keys, place, sealed)) as Content);
    history.versions.push({ version, content, sensitive, firstSeenAt });
    histories.set(recordId, history);
  }
  return [...histories.values()];
}

function toRow(
  keys: KeyRing,
  of: { companyId: string; connectionId: string; remoteId: string; seq: number },
  { sensitive, ...entry }: TimelineEntry,
) {
  const isSecret = Object.keys(sensitive).length > 0;
  const sealed = isSecret ? seal(keys, timelineSecret(of), JSON.stringify(sensitive)) : null;
  return { ...entry, seq: of.seq, sealed };
}
