import type { EventField, EventItem } from "../../sync/event.ts";
import type { RemoteChange, Write, Written } from "../connector.ts";
import { Gone, InvalidResponse, PreconditionFailed, Rejected } from "../errors.ts";
import type { Api, PageBody } from "./api.ts";
import { cannotHold, normalise, toProperties, writesDate, zoneOf } from "./bodies.ts";
import { createCreate, type Doubts } from "./create.ts";
import { type Note, noteText } from "./note.ts";
import type { Reader } from "./reader.ts";
import { noteOf, readRow } from "./rows.ts";
import type { NotionPage } from "./schemas.ts";
import { inBody, type Mapping, parseId, propertyIds } from "./settings.ts";
import type { Table } from "./table.ts";
import { toRuns } from "./texts.ts";

export interface WriteContext {
  api: Api;
  table: Table;
  reader: Reader;
  mapping: Mapping;
  doubts: Doubts;
  now: () => number;
}

/**
 * Writes to pages. Notion has no precondition: a page is read right before it is written, and only
 * the named properties are sent. What somebody changes between the two in the same property is
 * overwritten; what they change in others stays, and is in the answer.
 */
export function createWrite(context: WriteContext): Write<EventItem> {
  const { api, table, reader, mapping } = context;

  const entryOf = (id: string, signal: AbortSignal): Promise<unknown> =>
    table.forPage(signal, () => api.page(id, propertyIds(mapping), signal));

  /** @throws Gone where there is no such page */
  async function found(remoteId: string, signal: AbortSignal) {
    const id = parseId(remoteId);
    if (id === null) throw new Gone("no page of Notion has such an id");
    const entry = await entryOf(id, signal);
    return { id, page: readRow(entry, mapping).page, change: await reader.change(entry, signal) };
  }

  async function written(entry: unknown, signal: AbortSignal): Promise<Written<EventItem>> {
    const change = await reader.change(entry, signal);
    if (change.state === "living") return change;
    if (change.state === "deleted") throw new Gone("the page written to has been trashed");
    throw new InvalidResponse(`the page written to cannot be read: ${change.reason}`);
  }

  /** A page that was trashed a moment ago is refused like a value that does not fit. */
  async function patch(id: string, body: PageBody, signal: AbortSignal): Promise<unknown> {
    try {
      return await table.forPage(signal, () => api.updatePage(id, body, signal));
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      const { change } = await found(id, signal);
      throw change.state === "deleted" ? new Gone("the page has been trashed") : error;
    }
  }

  async function read(remoteId: string, signal: AbortSignal): Promise<RemoteChange<EventItem>> {
    try {
      return (await found(remoteId, signal)).change;
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      const reason = "the page is not reachable: deleted for good, or no longer shared";
      return { state: "set-aside", remoteId, version: null, updatedAt: null, reason };
    }
  }

  return {
    normalise,
    cannotHold,
    timeResolutionMs: 60_000,
    read,
    create: createCreate(context, { written, patch }),

    async update(remoteId, item, fields, version, mark, signal) {
      const { id, page, change } = await found(remoteId, signal);
      if (change.state === "deleted") throw new Gone("the page is in the trash");
      if (page === null) throw new PreconditionFailed(`${id} is no page of this table any more`);
      refuseOther(change, version);
      const wanted = merged(item, fields, change);
      const note = noteFor(page, mark, wanted, fields);
      const properties = toProperties(wanted, fields, note, mapping);
      return written(await patch(id, { properties }, signal), signal);
    },

    async delete(remoteId, version, signal) {
      try {
        const { id, page, change } = await found(remoteId, signal);
        if (change.state === "deleted") return;
        if (page === null) throw new PreconditionFailed(`${id} is no page of this table any more`);
        refuseOther(change, version);
        await patch(id, { in_trash: true }, signal);
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
      }
    },

    async restore(remoteId, mark, signal) {
      const { id, page, change } = await found(remoteId, signal);
      if (page === null) throw new Gone("the page is in another place of Notion");
      // In two steps: what is in the trash is not edited.
      if (change.state === "deleted")
        await table.forPage(signal, () => api.updatePage(id, { in_trash: false }, signal));
      const note = noteText({ ...keptNote(page), mark });
      const properties = { [inBody(mapping.key)]: { rich_text: toRuns(note) } };
      return written(await patch(id, { properties }, signal), signal);
    },
  };

  /** The note of the page itself; what a copy inherited is not its own. */
  function keptNote(page: NotionPage): Note {
    const note = noteOf(page, mapping);
    const own = note !== null && (note.pageId ?? page.id) === page.id;
    return { key: own ? note.key : null, pageId: page.id, mark: null, zone: note?.zone ?? null };
  }

  function noteFor(
    page: NotionPage,
    mark: string,
    { fields }: EventItem,
    named: readonly EventField[],
  ): Note {
    const kept = keptNote(page);
    return { ...kept, mark, zone: writesDate(named) ? zoneOf(fields) : kept.zone };
  }
}

function refuseOther(change: RemoteChange<EventItem>, version: string | null): void {
  if (version !== null && change.version !== version)
    throw new PreconditionFailed(`${change.remoteId} is no longer at the version it was seen at`);
}

/** The item to send: of a start and an end of which only one is named, the other is as it is there. */
function merged(
  item: EventItem,
  named: readonly EventField[],
  change: RemoteChange<EventItem>,
): EventItem {
  const held = change.state === "living" ? change.item.fields : item.fields;
  const { start, end } = item.fields;
  const wanted = {
    ...item.fields,
    start: named.includes("start") ? start : held.start,
    end: named.includes("end") ? end : held.end,
  };
  const why = cannotHold({ fields: wanted });
  if (why !== null) throw new Rejected(`Notion cannot hold this event: ${why}`);
  return normalise({ fields: wanted });
}
