import { compareSides, type Comparison, type SetAside } from "./compare.ts";
import { editHere } from "./edits-here.ts";
import { editInGoogle } from "./edits-google.ts";
import { type Edit, gatherMaterial, shareOut } from "./edits.ts";
import type { IcsFile } from "./files.ts";
import { type GoogleCalendar, makeGoogleCalendar } from "./google.ts";
import { type Binding, type Hub, syncUntilQuiet } from "./hub.ts";
import { plainOfGoogle, plainOfRow, readWriters } from "./sides.ts";
import type { Stage } from "./stage.ts";

/** A row of the table. */
export interface Result {
  readonly file: string;
  readonly events: number;
  readonly loaded: number;
  readonly setAside: readonly SetAside[];
  readonly first: { readonly items: number; readonly inStep: number };
  readonly edits: { readonly here: number; readonly google: number };
  readonly after: { readonly items: number; readonly inStep: number };
  /** Made by a further session, when nobody has changed anything. */
  readonly writes: { readonly here: number; readonly google: number };
  readonly duplicates: number;
  readonly seconds: number;
  /** What is wrong, in sentences; empty when all is well. */
  readonly problems: readonly string[];
}

/** A trial under way, for whoever wants to look closer after the first session. */
export interface Trial {
  readonly hub: Hub;
  readonly binding: Binding;
  readonly google: GoogleCalendar;
  readonly first: Comparison;
  /** One more session, and what it writes. */
  session(): Promise<Result["writes"]>;
}

/** One file from loading it to the further session. */
export async function tryFile(
  stage: Stage,
  hub: Hub,
  file: IcsFile,
  options: { zone: string; look?: (trial: Trial) => Promise<void> },
): Promise<Result> {
  const began = Date.now();
  const zone = file.zone ?? options.zone;
  const id = `try-${began.toString(36)}@group.calendar.test`;
  const google = await makeGoogleCalendar(stage.sandboxUrl, { id, summary: file.name, zone });
  const report = await google.load(file.text);
  const binding = await hub.connect(google, file.name);
  const session = (): Promise<Result["writes"]> => countedSession(hub, binding, google);
  const begun = await session();
  const first = await compareSides(hub.sql, binding, google);
  await options.look?.({ hub, binding, google, first, session });
  const { edits, expected } = await editBothSides(hub, binding, google, first);
  await syncUntilQuiet(hub.sql, binding);
  const after = await compareSides(hub.sql, binding, google);
  const writes = await session();
  const skipped = report.skipped.map(({ uid, recurrenceId, reason }) => ({
    what: [uid ?? "without UID", recurrenceId].filter(Boolean).join(" "),
    reason,
  }));
  const duplicates = surplus(after, expected);
  const count = (side: Edit["side"]): number => edits.filter((edit) => edit.side === side).length;
  return {
    file: file.name,
    events: file.events,
    loaded: report.loaded,
    setAside: [...skipped, ...first.setAside],
    first: { items: first.items, inStep: first.inStep },
    edits: { here: count("here"), google: count("google") },
    after: { items: after.items, inStep: after.inStep },
    writes,
    duplicates,
    seconds: (Date.now() - began) / 1000,
    problems: [
      ...unaccounted(file, report.loaded + skipped.length),
      ...(begun.google > 0 ? [`the first session wrote ${begun.google} to Google`] : []),
      ...first.differences.map((told) => `after the first session: ${told}`),
      ...after.differences.map((told) => `after the edits: ${told}`),
      ...lostEdits(edits, after, google),
      ...(writes.here + writes.google > 0
        ? [`a further session wrote ${writes.here} here and ${writes.google} to Google`]
        : []),
      ...(duplicates > 0 ? [`${duplicates} duplicates`] : []),
      ...(await failures(hub, binding)),
    ],
  };
}

/** A session, and what it wrote to each side. */
async function countedSession(
  { sql }: Hub,
  binding: Binding,
  google: GoogleCalendar,
): Promise<Result["writes"]> {
  const [sent, writers] = [await google.writes(), await readWriters(sql, binding)];
  await syncUntilQuiet(sql, binding);
  const now = await readWriters(sql, binding);
  const here = [...now].filter(([id, writer]) => writers.get(id) !== writer).length;
  return { here, google: (await google.writes()) - sent };
}

async function editBothSides(
  { sql }: Hub,
  binding: Binding,
  google: GoogleCalendar,
  first: Comparison,
): Promise<{ edits: Edit[]; expected: number }> {
  const material = await gatherMaterial(first, google);
  const share = shareOut(material);
  const theirs = await editInGoogle(google, share, material);
  // Counted, not reckoned: Google's own way of ending a series may drop changed occurrences.
  const held = (await google.held()).length;
  const ours = await editHere(sql, binding, google.zone, share, material);
  const expected = ours.reduce((sum, edit) => sum + edit.more, held);
  return { edits: [...theirs, ...ours], expected };
}

/** How many items either side has too many. */
function surplus({ google, rows, setAside }: Comparison, expected: number): number {
  const tooMany = (count: number): number => Math.max(0, count - expected);
  return tooMany(google.length) + tooMany(rows.length + setAside.length);
}

function unaccounted({ events }: IcsFile, accounted: number): string[] {
  return events === accounted
    ? []
    : [`${events} events are in the file, and ${accounted} are loaded or listed`];
}

/** Edits that did not reach the other side. */
function lostEdits(edits: readonly Edit[], after: Comparison, google: GoogleCalendar): string[] {
  const { links, rows } = after;
  return edits.flatMap((edit) => {
    const here = edit.side === "here";
    const link = links.find((one) => (here ? one.event_id : one.remote_id) === edit.id);
    const item = after.google.find(({ id }) => id === link?.remote_id);
    const row = rows.find(({ id }) => id === link?.event_id);
    const other = here ? item && plainOfGoogle(item, google.zone) : row && plainOfRow(row);
    const fields = other?.fields;
    if (edit.expect === "gone") return other ? [told(edit, "it is still there")] : [];
    if (!fields) return [told(edit, "it is not there")];
    const wanted = edit.expect === "cancelled" ? { status: "cancelled" } : edit.expect;
    const wrong = Object.entries(wanted).filter(
      ([name, value]) => fields[name as keyof typeof fields] !== value,
    );
    return wrong.map(([name]) => told(edit, `its ${name} is another`));
  });
}

function told({ side, what }: Edit, problem: string): string {
  return `${what} made ${side === "here" ? "here" : "in Google"} did not arrive: ${problem}`;
}

/** Writes that Google refused. */
async function failures({ sql }: Hub, { connectionId }: Binding): Promise<string[]> {
  const { rows } = await sql.query<{ error: string | null }>(
    "select error from writes where connection_id = $1 and state = 'failed'",
    [connectionId],
  );
  return rows.map(({ error }) => `a write to Google failed: ${error ?? "no reason given"}`);
}
