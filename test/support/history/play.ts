import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectOptions } from "../connected.ts";
import type { Stack } from "../stack.ts";
import { Books } from "./books.ts";
import { faultsOf } from "./faults.ts";
import { personAtGoogle } from "./person-google.ts";
import { personHere } from "./person-here.ts";
import { type Op, planHistory } from "./plan.ts";
import { World } from "./world.ts";

export interface Played {
  seed: number;
  ops: Op[];
  world: World;
}

const faultCount = faultsOf("").length;

export const opsOf = (seed: number): Op[] => planHistory(seed, faultCount);

/** A history has a connection of its own: many can be played over one stack. */
export async function begin(
  stack: Stack,
  seed: number,
  options: ConnectOptions = {},
): Promise<Played> {
  return {
    seed,
    ops: opsOf(seed),
    world: new World(stack, await stack.connect(options), new Books(), seed),
  };
}

/** Plays a history to its end, and waits until everything has come to rest. */
export async function play({ ops, world }: Played): Promise<void> {
  const { stack } = world;
  for (const id of await performAll(world, ops))
    await stack.google.call("DELETE", `/faults/${id}`).catch(() => undefined);
  await settle(world);
}

/** What is done, in this order. Answers the faults that are in force now. */
export async function performAll(world: World, ops: readonly Op[]): Promise<string[]> {
  const people = { here: personHere(world), google: personAtGoogle(world) };
  const faults: string[] = [];
  for (const op of ops) await perform(world, people, faults, op);
  return faults;
}

async function perform(
  { stack, connected }: World,
  people: { here: ReturnType<typeof personHere>; google: ReturnType<typeof personAtGoogle> },
  faults: string[],
  op: Op,
): Promise<void> {
  switch (op.do) {
    case "create":
      return people[op.side].create(op);
    case "edit":
      return people[op.side].edit(op);
    case "occurrence":
      return people[op.side].occurrence(op);
    case "delete":
      return people[op.side].delete(op.item);
    case "fault":
      return void faults.push(
        (await stack.google.fault(faultsOf(connected.googleCalendar)[op.fault] ?? { match: {} }))
          .id,
      );
    case "forget sync tokens":
      return void (await stack.google.expireSyncTokens(connected.googleCalendar));
    case "ring":
      return void (await connected.ring());
    case "wait":
      return await sleep(op.ms);
    case "sync":
      await connected.sync();
      return connected.quiescent();
  }
}

const mostSessions = 12;

/** Faults are lifted and nobody edits any more: sessions run until one has had nothing to do. */
export async function settle({ connected }: World): Promise<void> {
  for (let sessions = 0; sessions < mostSessions; sessions++) {
    // What was written last is visible by then, however late the provider shows it.
    await sleep(100);
    const ended = await connected.sync();
    await connected.quiescent();
    const work =
      ended.local_created +
      ended.local_updated +
      ended.local_deleted +
      ended.remote_created +
      ended.remote_updated +
      ended.remote_deleted;
    if (ended.status === "completed" && work === 0) return;
  }
  throw new Error(`there is still something to do after ${mostSessions} sessions`);
}
