import { z } from "zod";
import { sourceOf } from "../connectors/registry.ts";
import type { Tx } from "../db/client.ts";
import { putRule } from "../db/conflict-rules.ts";
import { type Conflict, noteChoice, openConflicts, readConflict } from "../db/conflicts.ts";
import { readConnection } from "../db/connections.ts";
import { readAnew } from "../db/cursors.ts";
import { readEvent } from "../db/event-queries.ts";
import { lockEvents, type StoredEvent } from "../db/events.ts";
import { readOpenIntents } from "../db/intents.ts";
import { type Link, lockLinksOfEvents, saveLinks } from "../db/links.ts";
import { markForConnection } from "../db/writes.ts";
import { sameValue } from "../sync/change.ts";
import { type Choice, choose, goesWith } from "../sync/choose.ts";
import type { EventField, EventFields } from "../sync/event.ts";
import { chooseAnew } from "./conflict-again.ts";
import { copyEvent, putValues } from "./conflict-store.ts";
import { checkValue } from "./conflict-value.ts";
import type { Deps } from "./deps.ts";
import { eventShape, externalSyncShape, toEvent } from "./event-shape.ts";
import { commitAndWait } from "./outcome.ts";
import { notFound, Problem, wrong } from "./problems.ts";
import { type Answer, type Call, ok } from "./route.ts";

export const chosenShape = z
  .object({
    event: eventShape,
    copyEventId: z.guid().nullable().meta({ description: "The second event, of `both`" }),
    externalSync: z.array(externalSyncShape),
  })
  .meta({ id: "Resolved" });

type Keep = "local" | "remote" | "merge" | "both";
type Choices = Partial<Record<EventField, Choice>>;

interface Resolution {
  keep: Keep;
  value?: unknown;
  always: boolean;
  force: boolean;
}

/** What is locked and known when a choice is carried out. */
interface Place {
  companyId: string;
  connectionId: string;
  event: StoredEvent;
  link: Link & { remote: EventFields };
  fields: readonly EventField[];
  /** Who wrote the provider's value, as `last_update_source` says it. */
  source: string;
  /** When it was written, in ms of our clock. */
  remoteAt: number | null;
  by: string;
}

/** Chooses in one conflict; fields that go with it (start and end) are chosen with it. */
export async function resolveConflict(
  deps: Deps,
  call: Call<unknown, unknown, Resolution>,
  conflictId: string,
): Promise<Answer> {
  const { companyId, name } = call.caller;
  let copyEventId: string | null = null;
  const written = await commitAndWait(deps, call, async (tx) => {
    const conflict = await readConflict(tx, conflictId);
    if (!conflict) throw notFound();
    const { always, keep } = call.body;
    if (always && keep !== "local" && keep !== "remote")
      throw wrong("/always", "stands for a side: keep `local` or `remote`");
    copyEventId =
      conflict.state === "open"
        ? await chooseOpen(deps, tx, conflict, call)
        : await chooseAnew(tx, conflict, { ...call.body, by: name });
    if (always && (keep === "local" || keep === "remote")) {
      const { connectionId, field } = conflict;
      await putRule(tx, { companyId, connectionId, field, keep, madeBy: name });
      // What waits already is decided by it as well.
      await readAnew(tx, connectionId);
    }
    return { event: await changed(tx, conflict.eventId), changed: true };
  });
  return ok({ ...written, event: toEvent(written.event), copyEventId });
}

/** Merges an event: every field that is in conflict gets its own choice. */
export async function resolveEvent(
  deps: Deps,
  call: Call<unknown, unknown, { connectionId: string; fields: Choices }>,
  eventId: string,
): Promise<Answer> {
  const { connectionId, fields } = call.body;
  const written = await commitAndWait(deps, call, async (tx) => {
    const place = await lockPlace(deps, tx, { ...call.caller, connectionId, eventId });
    await carryOut(tx, place, checked(place, fields), "merge");
    return { event: await changed(tx, eventId), changed: true };
  });
  return ok({ ...written, event: toEvent(written.event), copyEventId: null });
}

async function changed(tx: Tx, eventId: string) {
  const event = await readEvent(tx, eventId);
  if (!event) throw notFound();
  return event;
}

async function chooseOpen(
  deps: Deps,
  tx: Tx,
  conflict: Conflict,
  call: Call<unknown, unknown, Resolution>,
): Promise<string | null> {
  const { keep, value } = call.body;
  const place = await lockPlace(deps, tx, { ...call.caller, ...conflict });
  const field = conflict.field as EventField;
  const together = goesWith(field, sidesOf(place), place.fields);
  if (keep === "merge") {
    if (together.length > 1)
      throw wrong(
        "/keep",
        "`start` and `end` go together: merge them with POST /api/events/:id/conflicts/resolve",
      );
    await carryOut(tx, place, checked(place, { [field]: { value } }), keep);
    return null;
  }
  const side = keep === "remote" ? "remote" : "local";
  const copy = keep === "both" ? await copyEvent(tx, place, theirs(place, together)) : null;
  await carryOut(tx, place, Object.fromEntries(together.map((one) => [one, side])), keep);
  return copy;
}

/** The event, its link and who is on the other side: locked in the order in which everybody locks. */
async function lockPlace(
  deps: Deps,
  tx: Tx,
  of: { companyId: string; connectionId: string; eventId: string; name: string },
): Promise<Place> {
  const { companyId, connectionId } = of;
  const event = (await lockEvents(tx, [of.eventId])).get(of.eventId);
  const [link] = await lockLinksOfEvents(tx, connectionId, [of.eventId]);
  const connection = await readConnection(tx, connectionId);
  if (!event || !link || !connection) throw notFound();
  if (event.deleted || link.remote === null)
    throw new Problem("already_settled", "The event has been deleted on one side since.");
  if ((await readOpenIntents(tx, [link.id])).size > 0)
    throw new Problem("conflict", "The event is being sent at this moment: try again in a second.");
  const { provider, clockOffset } = connection;
  return {
    companyId,
    connectionId,
    event,
    link: { ...link, remote: link.remote },
    fields: deps.registry.calendar(provider).fields,
    source: sourceOf(provider),
    remoteAt: link.remoteUpdatedAt === null ? null : link.remoteUpdatedAt - clockOffset,
    by: of.name,
  };
}

const sidesOf = ({ event, link }: Place) => ({
  local: event.item.fields,
  remote: link.remote,
  base: link.base,
});

const theirs = ({ link }: Place, fields: readonly EventField[]): Partial<EventFields> =>
  Object.fromEntries(fields.map((field) => [field, link.remote[field]]));

/** Choices in order: values of the right kind, and units whole. @throws Problem */
function checked(place: Place, wanted: Choices): Choices {
  const choices: Choices = { ...wanted };
  for (const [name, choice] of Object.entries(wanted)) {
    const field = name as EventField;
    if (typeof choice === "object")
      choices[field] = { value: checkValue(field, choice.value, `/fields/${field}`) };
    for (const other of goesWith(field, sidesOf(place), place.fields)) {
      const its = (choices[other] ??= choice);
      if (
        (typeof choice === "object") !== (typeof its === "object") ||
        (typeof choice === "string" && its !== choice)
      )
        throw wrong(
          `/fields/${other}`,
          `goes with ${field}: choose the same side for both, or a value for each`,
        );
    }
  }
  return choices;
}

/** Stores the choice: our side, the base, and what has to travel. */
async function carryOut(tx: Tx, place: Place, choices: Choices, keep: Keep): Promise<void> {
  const { companyId, connectionId, event, link, by } = place;
  const open = await openConflicts(tx, { connectionId, eventId: event.id });
  const waiting = open.filter(({ field }) => !(field in choices)).map(({ field }) => field);
  if (link.base === null && waiting.length > 0)
    throw wrong(
      "/fields",
      `must name all at once, for the sides have never agreed: ${waiting.join(", ")} is missing`,
    );
  const { local, base } = choose(sidesOf(place), choices);
  const fields = { ...event.item.fields, ...local };
  await saveLinks(tx, { companyId, connectionId }, [{ ...link, base }]);
  const names = Object.keys(local) as EventField[];
  const isTheirs = names.every((field) => sameValue(local[field], link.remote[field]));
  await putValues(tx, place, local, {
    rule: `conflict: ${keep}`,
    theirs: isTheirs ? { source: place.source, at: place.remoteAt } : null,
  });
  await markForConnection(tx, { companyId, connectionId }, [event.id]);
  const settled = open.filter(({ field }) => field in choices);
  await noteChoice(
    tx,
    settled.map(({ id, field }) => ({ id, value: fields[field as EventField] })),
    { choice: keep, name: by },
  );
}
