/**
 * A hub and its spokes in memory, worked the way the activities work: pull, reconcile in one
 * transaction, push with an intent before every call. Provider calls fail before or after they took
 * effect, the process dies between any two steps, deliveries repeat and change their order.
 */
import {
  type Base,
  decide,
  type Decision,
  type FieldConflict,
  type Rules,
} from "../../sync/decide.ts";
import { eventFields, type EventField, type EventFields } from "../../sync/event.ts";
import { acknowledge, type OpenIntent, settle } from "../../sync/settle.ts";
import { type Answer, type Fault, Provider, type State } from "./provider.ts";

export interface HubEvent {
  id: string;
  identity: string;
  fields: EventFields | null;
  times: Partial<Record<EventField, number>>;
}

interface Link {
  event: HubEvent;
  remote: State | null;
  remoteId: string | null;
  /** Ids that this link had, so that a late word of them is known for what it is. */
  former: string[];
  generation: number;
  base: Base | null;
  intent: OpenIntent | null;
}

export interface SpokeSetting {
  rules: Rules;
  /** What the provider keeps of what it is sent. */
  stores: (fields: EventFields) => EventFields;
  keepsMarks: boolean;
}

export interface Spoke {
  rules: Rules;
  provider: Provider;
  links: Link[];
  cursor: number;
}

/** Where the process dies during a push: with the intent stored, or with the answer not yet. */
export type Death = "none" | "before the call" | "before the answer is stored";

export class Machine {
  now = 1_000_000;
  readonly events: HubEvent[] = [];
  readonly spokes: Spoke[];
  readonly conflicts: FieldConflict[] = [];
  /** Identities that the engine deleted somewhere. */
  readonly engineDeletes: string[] = [];
  hubWrites = 0;
  private counter = 0;

  constructor(settings: readonly SpokeSetting[]) {
    this.spokes = settings.map(({ rules, stores, keepsMarks }) => ({
      rules,
      provider: new Provider(stores, keepsMarks),
      links: [],
      cursor: 0,
    }));
  }

  unique(): number {
    this.counter += 1;
    return this.counter;
  }

  addEvent(fields: EventFields | null, identity: string, at: number): HubEvent {
    const times = Object.fromEntries(eventFields.map((field) => [field, at]));
    const event: HubEvent = { id: `e${this.unique()}`, identity, fields, times };
    this.events.push(event);
    return event;
  }

  /** Everything that is new, or only the first few of it: then the process dies and keeps no cursor. */
  pull(spoke: Spoke, stopAfter = Infinity): void {
    const fresh = spoke.provider.feed.slice(spoke.cursor);
    for (const state of fresh.slice(0, stopAfter)) this.deliver(spoke, state);
    if (fresh.length <= stopAfter) spoke.cursor = spoke.provider.feed.length;
  }

  deliver(spoke: Spoke, state: State): void {
    if (spoke.links.some((link) => link.former.includes(state.id))) return;
    let link = spoke.links.find(({ remoteId }) => remoteId === state.id);
    if (!link) {
      if (!state.fields) return;
      const identity = spoke.provider.identities.get(state.id) ?? state.id;
      link = this.link(spoke, this.addEvent(null, identity, 0));
      link.remoteId = state.id;
    }
    if (state.version > (link.remote?.version ?? 0)) this.reconcile(spoke, link, state, false);
  }

  /** One transaction: settle what is open, decide, store. */
  private reconcile(spoke: Spoke, link: Link, remote: State | null, isFresh: boolean): Decision {
    if (link.intent && remote) {
      const { landed, base } = settle(link.intent, remote, link.base);
      link.base = base;
      if (landed || isFresh) link.intent = null;
    }
    link.remote = remote;
    const decision = decide(
      {
        local: link.event.fields,
        remote: remote?.fields ?? null,
        base: link.base,
        localTimes: link.event.times,
        remoteUpdatedAt: remote?.updatedAt ?? null,
      },
      spoke.rules,
    );
    this.store(link, decision);
    return decision;
  }

  private store(link: Link, { action, local, base, conflicts }: Decision): void {
    const { event, remote } = link;
    link.base = action === "forget" ? null : base;
    this.conflicts.push(...conflicts);
    if (action === "delete local") {
      event.fields = null;
      this.engineDeletes.push(event.identity);
      this.hubWrites += 1;
    }
    const taken = Object.keys(local) as EventField[];
    if (taken.length === 0) return;
    event.fields = { ...event.fields, ...local } as EventFields;
    for (const field of taken) event.times[field] = remote?.updatedAt ?? 0;
    this.hubWrites += 1;
  }

  push(spoke: Spoke, fault: Fault = "none", death: Death = "none"): void {
    for (const event of this.events) {
      const link = spoke.links.find((known) => known.event === event) ?? this.link(spoke, event);
      this.pushOne(spoke, link, fault, death);
    }
  }

  private pushOne(spoke: Spoke, link: Link, fault: Fault, death: Death): void {
    const latest = link.remoteId === null ? null : spoke.provider.get(link.remoteId);
    const remote = link.intent ? (latest ?? link.remote) : link.remote;
    const { action, remote: fields } = this.reconcile(spoke, link, remote, link.intent !== null);
    if (link.intent && !remote) link.intent = null;
    if (action === "delete remote") this.send(spoke, link, "delete", [], fault, death);
    else if (fields.length > 0) {
      const kind = link.base ? "update" : "create";
      this.send(spoke, link, kind, fields, fault, death);
    }
  }

  private send(
    spoke: Spoke,
    link: Link,
    kind: OpenIntent["kind"],
    fields: EventField[],
    fault: Fault,
    death: Death,
  ): void {
    if (kind === "create") this.chooseId(spoke, link);
    const local = link.event.fields ?? (link.base as Base).local;
    const sent = spoke.rules.normalise?.(local) ?? local;
    link.intent = { kind, mark: `w${this.unique()}`, fields, sent, local };
    if (death === "before the call") return;
    const answer = spoke.provider.write(
      {
        id: link.remoteId as string,
        expected: link.remote?.version ?? null,
        fields: kind === "delete" ? null : partOf(local, fields),
        mark: link.intent.mark,
      },
      this.now,
      fault,
    );
    if (kind === "delete") this.engineDeletes.push(link.event.identity);
    if (death === "none") this.storeAnswer(spoke, link, answer);
  }

  private storeAnswer(spoke: Spoke, link: Link, answer: Answer): void {
    if (answer.kind === "error" || !link.intent) return;
    if (answer.kind === "stale") {
      const latest = spoke.provider.get(link.remoteId as string);
      this.reconcile(spoke, link, latest, true);
      return;
    }
    const { fields } = answer.state;
    if (fields) link.base = acknowledge(link.intent, fields, link.base);
    link.intent = null;
    link.remote = answer.state;
  }

  /** An id that was never used; after a lost answer the same one again, so nothing is made twice. */
  private chooseId(spoke: Spoke, link: Link): void {
    if (link.remoteId !== null && !spoke.provider.get(link.remoteId)) return;
    if (link.remoteId !== null) link.former.push(link.remoteId);
    link.generation += 1;
    link.remoteId = `${link.event.id}-${link.generation}`;
    link.remote = null;
    spoke.provider.identities.set(link.remoteId, link.event.identity);
  }

  private link(spoke: Spoke, event: HubEvent): Link {
    const none = { remote: null, remoteId: null, former: [], base: null, intent: null };
    const link: Link = { event, generation: 0, ...none };
    spoke.links.push(link);
    return link;
  }

  /** Faults are over: work until there is nothing left to do. */
  settleDown(): void {
    for (let round = 0; round < 20; round += 1) {
      const before = this.allWrites();
      for (const spoke of this.spokes) {
        this.pull(spoke);
        this.push(spoke);
      }
      const idle = this.spokes.every(
        ({ cursor, provider, links }) =>
          cursor === provider.feed.length && links.every(({ intent }) => !intent),
      );
      if (idle && this.allWrites() === before) return;
    }
    throw new Error("the sides do not come to rest");
  }

  allWrites(): number {
    return this.spokes.reduce((sum, { provider }) => sum + provider.writes, this.hubWrites);
  }
}

function partOf(fields: EventFields, wanted: readonly EventField[]): Partial<EventFields> {
  return Object.fromEntries(wanted.map((field) => [field, fields[field]]));
}
