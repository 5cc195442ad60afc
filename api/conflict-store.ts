import { addChoice } from "../db/changes.ts";
import { databaseNow } from "../db/clock.ts";
import { type Tx, writeAs } from "../db/client.ts";
import { readEvent } from "../db/event-queries.ts";
import { insertEvents, type StoredEvent, updateEvents } from "../db/events.ts";
import { newId } from "../db/ids.ts";
import type { EventField, EventFields } from "../sync/event.ts";
import { checkEvent } from "./conflict-value.ts";

interface Of {
  companyId: string;
  connectionId: string;
  /** Locked by the caller. */
  event: StoredEvent;
  by: string;
}

const nobody = { connectionId: "", source: "" };

/**
 * Gives our side the values that a person chose. Where they are the provider's, they keep the time at
 * which they were made, and travel to the other connections only; otherwise they are a person's edit,
 * which travels everywhere. @throws Problem when they make no event
 */
export async function putValues(
  tx: Tx,
  { companyId, connectionId, event, by }: Of,
  values: Partial<EventFields>,
  of: { rule: string; theirs: { source: string; at: number | null } | null },
): Promise<void> {
  const names = Object.keys(values) as EventField[];
  if (names.length === 0) return;
  const fields = { ...event.item.fields, ...values };
  checkEvent(fields);
  const at = of.theirs?.at ?? (await databaseNow(tx)).getTime();
  const times = Object.fromEntries(names.map((field) => [field, at]));
  // Neither is an edit that the trail would otherwise note by itself: it is noted here, as a choice.
  await writeAs(tx, of.theirs ? { connectionId, ...of.theirs } : { ...nobody, source: "person" });
  await updateEvents(tx, of.theirs?.source ?? "app", [
    { id: event.id, item: { ...event.item, fields }, deleted: false, times },
  ]);
  await writeAs(tx, nobody);
  const change = (field: EventField) =>
    [field, { before: event.item.fields[field], after: fields[field] }] as const;
  await addChoice(
    tx,
    { companyId, connectionId, by },
    {
      eventId: event.id,
      fields: Object.fromEntries(names.map(change)),
      rule: of.rule,
      version: event.version + 1,
    },
  );
}

/** Makes a second event that has the other values; of an occurrence, one that stands alone. */
export async function copyEvent(
  tx: Tx,
  { companyId, event }: Pick<Of, "companyId" | "event">,
  values: Partial<EventFields>,
): Promise<string> {
  const record = await readEvent(tx, event.id);
  if (!record) throw new Error(`event ${event.id} is locked and not there`);
  const fields: EventFields = {
    ...event.item.fields,
    ...(event.item.master !== undefined && { recurrence: [], status: "confirmed" }),
    ...values,
  };
  checkEvent(fields);
  const id = newId();
  const { calendarId } = record;
  await insertEvents(tx, { companyId, calendarId }, "app", [
    { id, item: { fields }, deleted: false, times: {} },
  ]);
  return id;
}
