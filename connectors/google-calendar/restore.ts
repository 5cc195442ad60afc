import type { EventItem } from "../../sync/event.ts";
import type { RemoteChange, Write, Written } from "../connector.ts";
import { Forbidden, Gone } from "../errors.ts";
import type { Api } from "./api.ts";

interface Reading {
  /** Null where the calendar has no such id. */
  lookedFor(remoteId: string, signal: AbortSignal): Promise<RemoteChange<EventItem> | null>;
  written(entry: unknown, signal: AbortSignal): Promise<Written<EventItem>>;
}

/**
 * A deleted event keeps its id and its content, and an update makes it `confirmed` again, whatever it
 * was before; where Google refuses to, there is nothing to bring back.
 */
export function createRestore(
  api: Api,
  { lookedFor, written }: Reading,
): NonNullable<Write<EventItem>["restore"]> {
  return async (remoteId, mark, signal) => {
    const found = await lookedFor(remoteId, signal);
    if (found === null) throw new Gone("nothing is left of the event");
    const labels = { synclineMark: mark, synclineOf: remoteId };
    const revived = found.state === "living" ? {} : { status: "confirmed" };
    const body = { ...revived, extendedProperties: { private: labels } };
    try {
      return await written(await api.patch(remoteId, body, found.version, signal), signal);
    } catch (error) {
      if (error instanceof Forbidden) throw new Gone(error.message);
      throw error;
    }
  };
}
