import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectOptions, Session } from "../connected.ts";
import type { Stack } from "../stack.ts";
import { Books } from "./books.ts";
import { faultsOf } from "./faults.ts";
import { notionFaultsOf } from "./faults-notion.ts";
import { personAtGoogle } from "./person-google.ts";
import { personHere } from "./person-here.ts";
import { type NotionPerson, personAtNotion } from "./person-notion.ts";
import { type Op, planHistory } from "./plan.ts";
import { planThree } from "./plan-three.ts";
import { meetStrangers } from "./strangers.ts";
import { type Person, World } from "./world.ts";

export interface Played {
  seed: number;
  ops: Op[];
  world: World;
}

const faultCount = faultsOf("").length;

export const opsOf = (seed: number): Op[] => planHistory(seed, faultCount);
export const opsOfThree = (seed: number): Op[] =>
  planThree(seed, { google: faultCount, notion: notionFaultsOf("").length });

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

/** The same of three sides: the calendar has a second connection, to a database in Notion. */
export async function beginThree(stack: Stack, seed: number): Promise<Played> {
  const world = new World(stack, await stack.connect(), new Books(), seed);
  world.notion = await stack.connectNotion(world.connected);
  world.touched = await meetStrangers(world);
  return { seed, ops: opsOfThree(seed), world };
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
  const people: People = {
    here: personHere(world),
    google: personAtGoogle(world),
    notion: world.notion && personAtNotion(world, world.notion),
  };
  const faults: string[] = [];
  for (const op of ops) await perform(world, people, faults, op);
  return faults;
}

interface People {
  here: Person;
  google: Person;
  notion: NotionPerson | null;
}

async function perform(
  { stack, connected, notion }: World,
  people: People,
  faults: string[],
  op: Op,
): Promise<void> {
  switch (op.do) {
    case "create":
      return people[op.side]?.create(op);
    case "edit":
      return people[op.side]?.edit(op);
    case "occurrence":
      return op.side === "notion" ? undefined : people[op.side].occurrence(op);
    case "delete":
      return people[op.side]?.delete(op.item);
    case "duplicate":
      return people.notion?.duplicate(op);
    case "notion fault":
      return void faults.push(
        (await stack.notion.fault(notionFaultsOf(notion?.table ?? "")[op.fault] ?? { match: {} }))
          .id,
      );
    case "lose cursors":
      return void (await stack.notion.expireCursors());
    case "kill":
      await stack.killWorkers();
      return void (await stack.startWorker());
    case "fault":
      return void faults.push(
        (await stack.google.fault(faultsOf(connected.googleCalendar)[op.fault] ?? { match: {} }))
          .id,
      );
    case "forget sync tokens":
      return void (await stack.google.expireSyncTokens(connected.googleCalendar));
    case "ring":
      return void (await Promise.all([connected.ring(), notion?.ring()]));
    case "wait":
      return await sleep(op.ms);
    case "sync":
      await Promise.all([connected.sync(), notion?.sync()]);
      // What one of them brought is on its way to the other.
      for (const side of [connected, notion, connected, notion]) await side?.quiescent();
      return;
  }
}

const mostSessions = 12;

/** Faults are lifted and nobody edits any more: sessions run until one has had nothing to do. */
export async function settle({ connected, notion }: World): Promise<void> {
  const sides = [connected, ...(notion ? [notion] : [])];
  for (let sessions = 0; sessions < mostSessions; sessions++) {
    // What was written last is visible by then, however late the provider shows it.
    await sleep(100);
    const ended = [];
    for (const side of sides) ended.push(await side.sync());
    for (const side of [...sides, ...sides]) await side.quiescent();
    if (ended.every((session) => session.status === "completed" && workOf(session) === 0)) return;
  }
  throw new Error(`there is still something to do after ${mostSessions} sessions`);
}

function workOf(session: Session): number {
  return (
    session.local_created +
    session.local_updated +
    session.local_deleted +
    session.remote_created +
    session.remote_updated +
    session.remote_deleted
  );
}
