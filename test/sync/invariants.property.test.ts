import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { changedFields } from "../../sync/change.ts";
import type { Policy } from "../../sync/decide.ts";
import { eventFields } from "../../sync/event.ts";
import { anEvent } from "./event.ts";
import { History, lossy, settings, type Step, step, steps } from "./history.ts";
import type { Machine, SpokeSetting } from "./machine.ts";

const runs = { numRuns: 10_000 };
const decided: Policy[] = ["newest", "ours", "theirs", "owner"];
const histories = fc.record({ spokes: settings(decided), steps });

/** After whatever happened, with the faults over. */
function afterwards(check: (history: History, setting: SpokeSetting[]) => void): void {
  fc.assert(
    fc.property(histories, ({ spokes, steps: all }) => {
      const history = new History(spokes).play(all);
      history.machine.settleDown();
      check(history, spokes);
    }),
    runs,
  );
}

/** What a provider holds otherwise than we do, but for what some provider cuts off. */
function differences({ spokes }: Machine): string[] {
  return spokes.flatMap(({ provider, links }) =>
    links.flatMap(({ event, remoteId }) => {
      const remote = remoteId === null ? null : (provider.get(remoteId)?.fields ?? null);
      if (!event.fields || !remote) return event.fields === remote ? [] : [`only once ${event.id}`];
      const fields = changedFields(lossy(event.fields), lossy(remote), eventFields);
      return fields.map((field) => `${event.id} ${field}`);
    }),
  );
}

function passes(machine: Machine, count: number): void {
  for (let pass = 0; pass < count; pass += 1) {
    for (const spoke of machine.spokes) {
      spoke.cursor = 0;
      machine.pull(spoke);
      machine.push(spoke);
    }
  }
}

/** Every thing by name, once for each time that a side has it. */
function identities({ events, spokes }: Machine): string[][] {
  const ours = events.filter(({ fields }) => fields).map(({ identity }) => identity);
  const theirs = spokes.map(({ provider }) =>
    provider.alive().map(({ id }) => provider.identities.get(id) ?? id),
  );
  return [ours, ...theirs].map((names) => names.toSorted());
}

describe("after any history of edits, faults and repeated deliveries", () => {
  test("I1: all sides are equal, as far as a provider can hold what we hold", () => {
    afterwards(({ machine }) => expect(differences(machine)).toEqual([]));
  });

  test("I2: further passes over everything write nothing on any side", () => {
    afterwards(({ machine }) => {
      const before = machine.allWrites();
      passes(machine, 3);
      expect(machine.allWrites()).toBe(before);
    });
  });

  test("I3: every edit is in place, was replaced by somebody who saw it, or is kept as a loser", () => {
    afterwards((history) => expect(history.lost()).toEqual([]));
  });

  test("I4: everything is there exactly once on every side", () => {
    afterwards(({ machine }) => {
      const [ours = [], ...theirs] = identities(machine);
      expect(new Set(ours).size).toBe(ours.length);
      for (const names of theirs) expect(names).toEqual(ours);
    });
  });

  test("I6: nothing is deleted that nobody deleted", () => {
    afterwards(({ machine, deleted }) => {
      expect(machine.engineDeletes.filter((identity) => !deleted.has(identity))).toEqual([]);
    });
  });

  test("no event is half one side's: it ends after it begins, on its kind of clock, and is cancelled or not", () => {
    afterwards(({ machine }) => {
      for (const { fields } of machine.events) {
        if (!fields) continue;
        const { start, end } = fields;
        if (fields.status === "cancelled") {
          expect(fields).toEqual(anEvent({ title: "", status: "cancelled", start, end: start }));
          continue;
        }
        expect("date" in start).toBe("date" in end);
        const begins = "date" in start ? start.date : start.local;
        const ends = "date" in end ? end.date : end.local;
        expect(begins < ends).toBe(true);
      }
    });
  });
});

test("I5: what was deleted and not edited meanwhile never comes back", () => {
  const property = fc.property(
    histories,
    fc.record({ at: fc.nat(2), item: fc.nat(7) }),
    fc.array(
      step.filter(({ do: what }) => what !== "edit" && what !== "delete"),
      { maxLength: 12 },
    ),
    ({ spokes, steps: before }, { at, item }, between) => {
      const history = new History(spokes).play(before);
      history.machine.settleDown();
      history.deleted.clear();
      history.step({ do: "delete", at, item });
      const gone = [...history.deleted];
      history.play(between).machine.settleDown();
      passes(history.machine, 1);
      for (const names of identities(history.machine)) {
        expect(names.filter((name) => gone.includes(name))).toEqual([]);
      }
    },
  );
  fc.assert(property, runs);
});

test("I8: one edit makes one write on every other side, however often its echo is delivered", () => {
  const property = fc.property(
    histories,
    fc.record({ at: fc.nat(2), item: fc.nat(7) }),
    fc.array(fc.array(fc.nat(40), { maxLength: 6 }), { maxLength: 4 }),
    ({ spokes, steps: before }, { at, item }, echoes) => {
      const quiet = before.filter(({ do: what }) => what === "create");
      const harmless = spokes.map((spoke) => ({
        ...spoke,
        rules: { ...spoke.rules, policy: "newest" as const },
      }));
      const history = new History(harmless).play([{ do: "create", at }, ...quiet]);
      const { machine } = history;
      machine.settleDown();
      const writes = machine.allWrites();
      history.step({ do: "edit", at, item, what: "location" });
      for (const which of echoes) history.play(echoing(which, machine));
      machine.settleDown();
      expect(machine.allWrites() - writes).toBe(machine.spokes.length);
    },
  );
  fc.assert(property, runs);
});

/** Every side sends, and hears again of states that it knows. */
function echoing(which: number[], { spokes }: Machine): Step[] {
  return spokes.flatMap((_, at): Step[] => [
    { do: "pull", at, stopAfter: 99 },
    { do: "push", at, fault: "none", death: "none" },
    { do: "deliver again", at, which },
  ]);
}

/** The same history with people on one side only. */
function onlyAt(side: number, all: readonly Step[]): Step[] {
  const isByPeople = (what: Step["do"]): boolean =>
    what === "create" || what === "edit" || what === "delete";
  return all.map((one) => (isByPeople(one.do) ? { ...one, at: side } : one));
}

test("I8: where people edit one side only, no fault and no echo is taken for a second editor", () => {
  const property = fc.property(
    settings(["newest", "ours", "theirs"]),
    steps,
    fc.nat(2),
    (spokes, all, side) => {
      const foreseen = spokes.map((spoke) => ({
        ...spoke,
        rules: { ...spoke.rules, normalise: spoke.stores },
      }));
      const { machine } = new History(foreseen).play(onlyAt(side, all));
      machine.settleDown();
      expect(machine.conflicts).toEqual([]);
      if (side === 0) expect(machine.hubWrites).toBe(0);
    },
  );
  fc.assert(property, runs);
});

test("what one provider makes of our values reaches neither us nor another provider", () => {
  const property = fc.property(settings(["newest", "ours", "theirs"]), steps, (spokes, all) => {
    const calm = onlyAt(0, all).filter((one) => one.do !== "push" || one.death === "none");
    const { machine } = new History(spokes).play(
      calm.map((one) => (one.do === "push" ? { ...one, fault: "none" } : one)),
    );
    machine.settleDown();
    expect(machine.hubWrites).toBe(0);
  });
  fc.assert(property, runs);
});

test("a side that no change may travel to is never written", () => {
  for (const direction of ["in", "out"] as const) {
    const property = fc.property(
      settings(["newest", "ours", "theirs", "owner", "ask"], direction),
      steps,
      (spokes, all) => {
        const { machine } = new History(spokes).play(all);
        machine.settleDown();
        const before = machine.allWrites();
        passes(machine, 3);
        expect(machine.allWrites()).toBe(before);
        if (direction === "out") expect(machine.hubWrites).toBe(0);
        else for (const { provider } of machine.spokes) expect(provider.writes).toBe(0);
      },
    );
    fc.assert(property, runs);
  }
});

test("I2, I3: where a person is asked, both values wait and everything else goes on", () => {
  const property = fc.property(settings(["ask"]), steps, (spokes, all) => {
    const history = new History(spokes).play(all);
    const { machine } = history;
    machine.settleDown();
    machine.conflicts.length = 0;
    const before = machine.allWrites();
    passes(machine, 3);
    expect(machine.allWrites()).toBe(before);
    expect(machine.conflicts.every(({ winner }) => winner === "nobody")).toBe(true);
    expect(history.lost()).toEqual([]);
    const waiting = new Set(machine.conflicts.map(({ field }) => field));
    for (const difference of differences(machine)) {
      expect([...waiting].some((field) => difference.endsWith(field))).toBe(true);
    }
  });
  fc.assert(property, runs);
});
