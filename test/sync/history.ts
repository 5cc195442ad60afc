/** Random histories: what people do on every side, what the engine does between, and what goes wrong. */
import fc from "fast-check";

import type { Direction, Policy, Rules } from "../../sync/decide.ts";
import { eventFields, type EventField, type EventFields } from "../../sync/event.ts";
import { anEvent } from "./event.ts";
import { type Death, Machine, type Spoke, type SpokeSetting } from "./machine.ts";
import type { Fault } from "./provider.ts";

const edits = ["title", "description", "location", "start", "end", "move", "recurrence"] as const;
const shapes = ["make all-day", "cancel"] as const;
type Edit = (typeof edits)[number] | (typeof shapes)[number];

export type Step =
  | { do: "create"; at: number }
  | { do: "edit"; at: number; item: number; what: Edit }
  | { do: "delete"; at: number; item: number }
  | { do: "pull"; at: number; stopAfter: number }
  | { do: "deliver again"; at: number; which: number[] }
  | { do: "push"; at: number; fault: Fault; death: Death };

const side = fc.nat(2);
const item = fc.nat(7);

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("create" as const), at: side }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      at: side,
      item,
      what: fc.constantFrom<Edit>(...edits, ...shapes),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), at: side, item }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pull" as const),
      at: side,
      stopAfter: fc.constantFrom(1, 2, 99),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("deliver again" as const),
      at: side,
      which: fc.array(fc.nat(40), { maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("push" as const),
      at: side,
      fault: fc.constantFrom<Fault>("none", "none", "refused", "lost"),
      death: fc.constantFrom<Death>(
        "none",
        "none",
        "before the call",
        "before the answer is stored",
      ),
    }),
  },
);

/** Two things to begin with, so that there is something to do. */
export const steps = fc
  .tuple(side, side, fc.array(step, { minLength: 4, maxLength: 30, size: "max" }))
  .map(([one, other, rest]): Step[] => [
    { do: "create", at: one },
    { do: "create", at: other },
    ...rest,
  ]);

/** Trims text and cuts times to the minute, as some provider or other does. */
export function lossy(fields: EventFields): EventFields {
  const cut = (time: EventFields["start"]): EventFields["start"] =>
    "date" in time ? time : { ...time, local: `${time.local.slice(0, 17)}00` };
  return {
    ...fields,
    title: fields.title.trim(),
    description: fields.description.trim(),
    start: cut(fields.start),
    end: cut(fields.end),
  };
}

const same = (fields: EventFields): EventFields => fields;

interface Choice {
  policy: Policy;
  owner: "local" | "remote";
  loses: "nothing" | "as foreseen" | "by surprise";
  keepsMarks: boolean;
}

function spoke({ policy, owner, loses, keepsMarks }: Choice, direction: Direction): SpokeSetting {
  const rules: Rules = { direction, policy, owner, fields: eventFields, timeResolutionMs: 2 };
  if (loses === "as foreseen") rules.normalise = lossy;
  return { rules, stores: loses === "nothing" ? same : lossy, keepsMarks };
}

/** One or two spokes. Two sides that both own everything would put each other back for ever. */
export function settings(
  policies: readonly Policy[],
  direction: Direction = "both",
): fc.Arbitrary<SpokeSetting[]> {
  const choice = fc.record({
    policy: fc.constantFrom(...policies),
    owner: fc.constantFrom<"local" | "remote">("local", "remote"),
    loses: fc.constantFrom<Choice["loses"]>("nothing", "as foreseen", "by surprise"),
    keepsMarks: fc.boolean(),
  });
  return fc
    .array(choice, { minLength: 1, maxLength: 2 })
    .map((choices) =>
      choices.map((made, index) =>
        spoke(index === 0 ? made : { ...made, owner: "local" }, direction),
      ),
    );
}

/** What a person wrote, recognisable wherever it turns up. */
interface Marker {
  identity: string;
  field: EventField;
  text: string;
}

/** Plays a history, and keeps the books of what people wrote, saw and deleted. */
export class History {
  readonly machine: Machine;
  readonly written: Marker[] = [];
  /** Texts that a person saw and replaced or deleted. */
  readonly replaced = new Set<string>();
  readonly deleted = new Set<string>();

  constructor(setting: readonly SpokeSetting[]) {
    this.machine = new Machine(setting);
  }

  play(all: readonly Step[]): this {
    for (const one of all) this.step(one);
    return this;
  }

  private spokeAt(at: number): Spoke {
    const { spokes } = this.machine;
    return spokes[at % spokes.length] as Spoke;
  }

  step(one: Step): void {
    this.machine.now += 1;
    switch (one.do) {
      case "create":
        return this.create(one.at);
      case "edit":
        return this.edit(one.at, one.item, one.what);
      case "delete":
        return this.remove(one.at, one.item);
      case "pull":
        return this.machine.pull(this.spokeAt(one.at), one.stopAfter);
      case "push":
        return this.machine.push(this.spokeAt(one.at), one.fault, one.death);
      case "deliver again":
        return this.deliverAgain(this.spokeAt(one.at), one.which);
    }
  }

  private deliverAgain(to: Spoke, which: readonly number[]): void {
    for (const index of which) {
      const state = to.provider.feed[index % to.provider.feed.length];
      if (state && index < to.cursor) this.machine.deliver(to, state);
    }
  }

  /** Side 0 is the hub; the others are the spokes in turn. */
  private create(at: number): void {
    const { machine } = this;
    const identity = `i${machine.unique()}`;
    const title = `title ${machine.unique()}.`;
    const fields = anEvent({ title });
    this.written.push({ identity, field: "title", text: textOf(title) });
    if (at === 0) {
      machine.addEvent(fields, identity, machine.now);
      return;
    }
    const { provider } = this.spokeAt(at);
    const id = `r${machine.unique()}`;
    provider.identities.set(id, identity);
    provider.put(id, fields, machine.now);
  }

  /** What a side holds, and how a person changes it there. */
  private find(
    at: number,
    index: number,
  ): { identity: string; fields: EventFields; put: (to: EventFields | null) => void } | null {
    const { machine } = this;
    if (at === 0) {
      const living = machine.events.filter(({ fields }) => fields);
      const event = living[index % living.length];
      if (!event?.fields) return null;
      const put = (to: EventFields | null): void => {
        event.times = { ...event.times, ...this.timesOf(event.fields, to) };
        event.fields = to;
      };
      return { identity: event.identity, fields: event.fields, put };
    }
    const { provider } = this.spokeAt(at);
    const living = provider.alive();
    const state = living[index % living.length];
    if (!state?.fields) return null;
    const put = (to: EventFields | null): void => void provider.put(state.id, to, machine.now);
    return { identity: provider.identities.get(state.id) ?? "", fields: state.fields, put };
  }

  private timesOf(
    before: EventFields | null,
    after: EventFields | null,
  ): Partial<Record<EventField, number>> {
    const changed = eventFields.filter((field) => before?.[field] !== after?.[field]);
    return Object.fromEntries(changed.map((field) => [field, this.machine.now]));
  }

  private edit(at: number, index: number, what: Edit): void {
    const found = this.find(at, index);
    if (!found || found.fields.status === "cancelled") return;
    const after = edited(found.fields, what, this.machine.unique());
    for (const field of eventFields) {
      if (found.fields[field] === after[field]) continue;
      this.see(found.fields[field]);
      if (what === "cancel" || what === "make all-day") continue;
      this.written.push({ identity: found.identity, field, text: textOf(after[field]) });
    }
    found.put(after);
  }

  private remove(at: number, index: number): void {
    const found = this.find(at, index);
    if (!found) return;
    for (const field of eventFields) this.see(found.fields[field]);
    this.deleted.add(found.identity);
    found.put(null);
  }

  private see(value: unknown): void {
    this.replaced.add(textOf(value));
  }

  /** What was written and is now nowhere: not in place, not replaced by one who saw it, not kept. */
  lost(): string[] {
    const kept = new Set<string>();
    const keep = (value: unknown): void => void kept.add(textOf(value));
    for (const { local, remote } of this.machine.conflicts) {
      keep(local);
      keep(remote);
    }
    for (const { fields } of this.machine.events) {
      if (fields) for (const field of eventFields) keep(fields[field]);
    }
    return this.written
      .filter(({ text }) => !kept.has(text) && !this.replaced.has(text))
      .map(({ identity, field, text }) => `${identity} ${field} ${text}`);
  }
}

/** A value without what providers cut off it. */
function textOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(/(T\d\d:\d\d):\d\d|\s+(?=")/g, "$1");
}

function at(minute: number, second: number): EventFields["start"] {
  const instant = new Date(Date.UTC(2026, 0, 1, 0, minute, second));
  return { local: instant.toISOString().slice(0, 19), zone: "Europe/Amsterdam" };
}

/** `n` is new every time, so that every value is; hours lie between a start and the next. */
function edited(fields: EventFields, what: Edit, n: number): EventFields {
  const earliest = at(n, 31);
  switch (what) {
    case "title":
    case "description":
      return { ...fields, [what]: `${what} ${n}. ` };
    case "location":
      return { ...fields, location: `location ${n}.` };
    case "start":
      return "date" in fields.end ? fields : { ...fields, start: earliest };
    case "end":
      return "date" in fields.start ? fields : { ...fields, end: at(n + 200_000, 29) };
    case "move":
      return { ...fields, start: at(100_000 + n * 60, 10), end: at(100_000 + n * 60 + 50, 50) };
    case "recurrence":
      return { ...fields, recurrence: [`RRULE:FREQ=DAILY;COUNT=${n}`] };
    case "make all-day":
      return { ...fields, start: { date: "2026-02-01" }, end: { date: "2026-02-02" } };
    case "cancel":
      return { ...cancelled, start: fields.start, end: fields.start };
  }
}

const cancelled = anEvent({ title: "", status: "cancelled" });
