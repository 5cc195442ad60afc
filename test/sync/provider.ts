/**
 * A provider in memory: it stores what it is sent as well as it can, stamps every state with a
 * version and remembers all of them, so that any of them can be delivered late, twice or out of order.
 */
import type { EventFields } from "../../sync/event.ts";

export interface State {
  id: string;
  version: number;
  /** Null: deleted. */
  fields: EventFields | null;
  updatedAt: number;
  mark?: string;
}

/** The call may have been carried out (`lost`) or not (`refused`, `stale`); only `stale` says why. */
export type Fault = "none" | "refused" | "lost";
export type Answer = { kind: "done"; state: State } | { kind: "stale" } | { kind: "error" };

export class Provider {
  readonly feed: State[] = [];
  /** Writes of the engine that took effect. */
  writes = 0;
  /** Which thing an item is, whatever it is called now; the engine never sees this. */
  readonly identities = new Map<string, string>();
  private readonly items = new Map<string, State>();
  private readonly store: (fields: EventFields) => EventFields;
  private readonly keepsMarks: boolean;

  constructor(store: (fields: EventFields) => EventFields, keepsMarks: boolean) {
    this.store = store;
    this.keepsMarks = keepsMarks;
  }

  get(id: string): State | null {
    return this.items.get(id) ?? null;
  }

  alive(): State[] {
    return [...this.items.values()].filter((state) => state.fields !== null);
  }

  /** What a person does; returns what is there then. */
  put(id: string, fields: EventFields | null, now: number): State {
    return this.change(id, fields, now, this.items.get(id)?.mark);
  }

  write(
    call: {
      id: string;
      expected: number | null;
      fields: Partial<EventFields> | null;
      mark: string;
    },
    now: number,
    fault: Fault,
  ): Answer {
    if (fault === "refused") return { kind: "error" };
    const before = this.items.get(call.id);
    // A chosen id is taken once for ever, and a version that moved on is not written over.
    if ((before?.version ?? null) !== call.expected) {
      return call.fields === null && !before?.fields && before
        ? { kind: "done", state: before }
        : { kind: "stale" };
    }
    this.writes += 1;
    const fields = call.fields && ({ ...before?.fields, ...call.fields } as EventFields);
    const state = this.change(call.id, fields, now, this.keepsMarks ? call.mark : undefined);
    return fault === "lost" ? { kind: "error" } : { kind: "done", state };
  }

  private change(id: string, fields: EventFields | null, now: number, mark?: string): State {
    const state: State = {
      id,
      version: this.feed.length + 1,
      fields: fields && this.store(fields),
      updatedAt: now,
      ...(mark === undefined ? {} : { mark }),
    };
    this.items.set(id, state);
    this.feed.push(state);
    return state;
  }
}
