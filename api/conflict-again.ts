import type { Tx } from "../db/client.ts";
import { type Conflict, foundTogether, noteChoice } from "../db/conflicts.ts";
import { lockEvents, type StoredEvent } from "../db/events.ts";
import { sameValue } from "../sync/change.ts";
import type { EventField, EventFields } from "../sync/event.ts";
import { copyEvent, putValues } from "./conflict-store.ts";
import { checkValue } from "./conflict-value.ts";
import { Problem, wrong } from "./problems.ts";

type Row = Awaited<ReturnType<typeof foundTogether>>[number];

interface Wanted {
  keep: "local" | "remote" | "merge" | "both";
  value?: unknown;
  force: boolean;
  by: string;
}

/**
 * Chooses anew in a conflict that is settled already, by a policy or by a person: the value becomes an
 * edit of ours, so that every choice can be taken back. Answers the id of a copy, of `both`.
 * @throws Problem when the field has been edited since, unless that is meant
 */
export async function chooseAnew(
  tx: Tx,
  conflict: Conflict,
  wanted: Wanted,
): Promise<string | null> {
  const { companyId, connectionId } = conflict;
  const event = (await lockEvents(tx, [conflict.eventId])).get(conflict.eventId);
  if (!event || event.deleted)
    throw new Problem("already_settled", "The event has been deleted since.");
  const rows = await together(tx, conflict);
  const values = valuesOf(rows, wanted);
  if (!wanted.force && wanted.keep !== "both") refuseEdited(rows, event);
  const isCopy = wanted.keep === "both";
  const copy = isCopy ? await copyEvent(tx, { companyId, event }, values) : null;
  if (!isCopy) {
    const of = { companyId, connectionId, event, by: wanted.by };
    await putValues(tx, of, values, { rule: `conflict: ${wanted.keep}`, theirs: null });
  }
  const now: EventFields = isCopy ? event.item.fields : { ...event.item.fields, ...values };
  await noteChoice(
    tx,
    rows.map(({ id, field }) => ({ id, value: now[field as EventField] })),
    { choice: wanted.keep, name: wanted.by },
  );
  return copy;
}

const isTime = ({ field }: Pick<Row, "field">): boolean => field === "start" || field === "end";

/** Start and end lost together, and go back together. */
async function together(tx: Tx, conflict: Conflict): Promise<Row[]> {
  return isTime(conflict) ? (await foundTogether(tx, conflict)).filter(isTime) : [conflict];
}

function valuesOf(rows: readonly Row[], { keep, value }: Wanted): Partial<EventFields> {
  if (keep === "merge" && rows.length > 1)
    throw wrong("/keep", "cannot merge `start` and `end`, which go together: edit the event");
  const of = (row: Row): unknown => {
    if (keep === "merge") return checkValue(row.field as EventField, value, "/value");
    // Of both, the event has the one: the copy gets the other.
    const side = keep === "both" ? (sideInPlace(row) === "local" ? "remote" : "local") : keep;
    return row[side];
  };
  return Object.fromEntries(rows.map((row) => [row.field, of(row)]));
}

function sideInPlace({ choice, winner }: Row): "local" | "remote" {
  return (choice === "remote" || choice === "local" ? choice : winner) === "remote"
    ? "remote"
    : "local";
}

function refuseEdited(rows: readonly Row[], event: StoredEvent): void {
  const settledOn = (row: Row) => (row.choice === null ? row[sideInPlace(row)] : row.chosen);
  const edited = rows.find(
    (row) => !sameValue(event.item.fields[row.field as EventField], settledOn(row)),
  );
  if (!edited) return;
  throw new Problem(
    "conflict",
    `The field ${edited.field} has been edited since this was settled. Look at the event, and send \`force\` if you mean it.`,
  );
}
