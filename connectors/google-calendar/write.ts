import type { EventItem } from "../../sync/event.ts";
import type { RemoteChange, Write, Written } from "../connector.ts";
import { Gone, InvalidResponse, KeyTaken, Rejected, Unavailable } from "../errors.ts";
import type { Api } from "./api.ts";
import { normalise, toInsert, toPatch } from "./bodies.ts";
import { idFor } from "./ids.ts";
import { leansOnCalendarZone, toChange } from "./mapping.ts";
import { createRestore } from "./restore.ts";
import { sameMoment, toGoogleTime } from "./times.ts";

export function createWrite(
  api: Api,
): Write<EventItem> & Required<Pick<Write<EventItem>, "occurrence">> {
  /** Reads an entry; one whose times name no zone takes the calendar's, which may need a call. */
  async function change(entry: unknown, signal: AbortSignal): Promise<RemoteChange<EventItem>> {
    return toChange(entry, leansOnCalendarZone(entry) ? await api.zone(signal) : null);
  }

  async function written(entry: unknown, signal: AbortSignal): Promise<Written<EventItem>> {
    const answer = await change(entry, signal);
    if (answer.state === "living") return answer;
    if (answer.state === "deleted") throw new Gone("the event written to has been deleted");
    throw new InvalidResponse(`the event written to cannot be read: ${answer.reason}`);
  }

  /**
   * An insert that meets its own id was made by an earlier try, or by somebody else; the id of a
   * deleted event stays taken (reference: Events: insert).
   */
  async function adopt(id: string, key: string, signal: AbortSignal): Promise<Written<EventItem>> {
    const found = await lookedFor(id, signal);
    // The duplicate was just seen: a read that lags behind must not pass for a deletion.
    if (found === null) {
      throw new Unavailable("events.insert: the id is taken, yet nothing is there");
    }
    // Ours or not cannot be told; another one beside it might be a duplicate.
    if (found.state === "set-aside") {
      throw new InvalidResponse(`the event that is there cannot be read: ${found.reason}`);
    }
    if (found.state === "living" && found.key === key) return found;
    throw new KeyTaken("events.insert: the id is taken by an event that is deleted or not ours");
  }

  /** Null where the calendar has no such id; what is left of a deleted event is an answer, be it an id alone. */
  async function lookedFor(
    remoteId: string,
    signal: AbortSignal,
  ): Promise<RemoteChange<EventItem> | null> {
    try {
      return await change(await api.get(remoteId, signal), signal);
    } catch (error) {
      if (error instanceof Gone) return null;
      throw error;
    }
  }

  async function read(remoteId: string, signal: AbortSignal): Promise<RemoteChange<EventItem>> {
    const found = await lookedFor(remoteId, signal);
    if (found !== null && !(await wentWithSeries(found, signal))) return found;
    const { version = null, updatedAt = null } = found ?? {};
    return { state: "deleted", remoteId, version, updatedAt };
  }

  /** An occurrence of a series that is deleted looks like one that is cancelled; only its series tells. */
  async function wentWithSeries(
    found: RemoteChange<EventItem>,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (found.state !== "living" || !isCancelled(found.item)) return false;
    const series = await lookedFor(found.item.master ?? "", signal);
    return series === null || series.state === "deleted";
  }

  return {
    normalise,
    timeResolutionMs: 1,
    read,
    restore: createRestore(api, { lookedFor, written }),

    async create(item, key, mark, signal) {
      refuseUnwritable(item);
      if (item.master !== undefined) {
        throw new Rejected("an occurrence is not created: ask for it and change it");
      }
      const id = idFor(key);
      const body = toInsert(item, id, { synclineKey: key, synclineMark: mark, synclineOf: id });
      try {
        return await written(await api.insert(body, signal), signal);
      } catch (error) {
        if (!(error instanceof KeyTaken)) throw error;
        return adopt(id, key, signal);
      }
    },

    async update(remoteId, item, fields, version, mark, signal) {
      refuseUnwritable(item);
      const body = toPatch(item, fields, { synclineMark: mark, synclineOf: remoteId });
      const done = await written(await api.patch(remoteId, body, version, signal), signal);
      if (isCancelled(done.item) && !isCancelled(item))
        throw new Gone("the occurrence written to has been cancelled, and stays so");
      return done;
    },

    async delete(remoteId, version, signal) {
      try {
        await api.delete(remoteId, version, signal);
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
      }
    },

    /** Ids of occurrences are opaque and about to change their form, so they are asked for. */
    async occurrence(masterRemoteId, originalStart, signal) {
      const asked = toGoogleTime(originalStart);
      const text = asked.date ?? asked.dateTime ?? "";
      const { items, timeZone } = await api.instances(masterRemoteId, text, signal);
      for (const entry of items) {
        const one = timeZone ? toChange(entry, timeZone) : await change(entry, signal);
        const start = one.state === "living" ? one.item.originalStart : undefined;
        if (start !== undefined && sameMoment(start, originalStart)) return one;
      }
      return null;
    },
  };
}

function isCancelled(item: EventItem): boolean {
  return item.fields.status === "cancelled";
}

/** To Google, cancelling an event is deleting it; only an occurrence can be held as cancelled. */
function refuseUnwritable(item: EventItem): void {
  if (isCancelled(item) && item.master === undefined) {
    throw new Rejected("Google cannot hold a cancelled event that is no occurrence: delete it");
  }
}
