import type { EventFields, EventTime } from "./event.ts";
import type { Differences, Effect, Side } from "./undo-effect.ts";

/** An event as it is now, and what its link on the session's connection knows of the remote. */
export interface Standing {
  fields: EventFields;
  deleted: boolean;
  version: number;
  /** For an exception: the master's event id, and the start that the series gave it. */
  master?: string;
  originalStart?: EventTime;
  /** Deleted at the same moment as its series: it comes back with it. */
  wentWithSeries?: boolean;
  /** Null when deleted there, or not linked. */
  remote: EventFields | null;
  /** The provider held it, and both sides agreed on it, before it was deleted there. */
  wasThere?: boolean;
  /** Whether the remote is what it was when both sides last agreed: nobody has edited it there since. */
  remoteIsAgreed: boolean;
}

/** Something to be done. `restored` there is done under the same id where the provider can. */
export interface UndoItem {
  eventId: string;
  side: Side;
  action: "updated" | "deleted" | "restored";
  /** From what is now to what it will be. */
  fields: Differences;
}

/** What stays as it is, and why, in words for a person. */
export interface LeftItem extends UndoItem {
  reason: string;
}

/** Each by side and event, masters before their exceptions. */
export interface Undo {
  items: Map<string, UndoItem>;
  left: Map<string, LeftItem>;
}

/** What is known while a session's undo is planned; the undo grows. */
export interface Scene extends Undo {
  standings: ReadonlyMap<string, Standing>;
  effects: ReadonlyMap<string, Effect>;
  /** Ids of a series' exceptions. */
  exceptions: ReadonlyMap<string, readonly string[]>;
}

export const nameOf = (side: Side, eventId: string): string => `${side} ${eventId}`;
