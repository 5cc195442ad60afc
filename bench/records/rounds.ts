import type { Contest } from "../imports.ts";
import { measured, memoryOf, peakMemory } from "../measure.ts";
import { historyOf, type Session } from "../syncline.ts";
import {
  checkAtRest,
  checkCounts,
  checkRecords,
  checkScriptProducts,
  writtenBy,
} from "./checks.ts";
import { connectShop, firstOf, forget, type Place, syncProducts, taskOf } from "./contestants.ts";

export const touchedProducts = 1_000;

/** A session, and the rows of the records' tables that it wrote. */
export interface Idle extends Session {
  written: number;
}

export interface RecordsRound {
  script: { first: Contest; delta: number };
  syncline: {
    first: Contest & Session;
    unchanged: Idle;
    delta: Session;
    relisted: Idle;
    history: number;
  };
  ceiling: { first: Contest };
  /** Reading alone, storing nothing: every page, and those of what was touched. */
  reading: { all: number; touched: number };
}

/** One round: everybody reads the shop for the first time, and follows what changes. */
export async function playRecords(place: Place): Promise<RecordsRound> {
  const script = await playScript(place);
  const { reading, ...syncline } = await playSyncline(place);
  return { script, syncline, ceiling: await playCeiling(place), reading };
}

async function playScript(place: Place): Promise<RecordsRound["script"]> {
  const { stage, shops, retailer } = place;
  const first = await firstOf(place, "productScript");
  await checkScriptProducts(stage.owner, await shops.expected(retailer));
  await shops.touch(retailer, touchedProducts);
  const delta = await stage.rivals.run("productScript", { ...first.task, since: first.since });
  await checkScriptProducts(stage.owner, await shops.expected(retailer));
  return { first, delta: delta.ms };
}

async function playCeiling(place: Place): Promise<RecordsRound["ceiling"]> {
  const first = await firstOf(place, "productCeiling");
  const expected = await place.shops.expected(place.retailer);
  await checkRecords(place.stage.owner, first.connectionId, expected, 0);
  return { first };
}

async function playSyncline(
  place: Place,
): Promise<RecordsRound["syncline"] & Pick<RecordsRound, "reading">> {
  const { stage, shops, retailer } = place;
  const { owner } = stage;
  const connected = await connectShop(place);
  const { connectionId } = connected;
  const { value, cpu } = await measured(stage.watched, () => syncProducts(stage, connected));
  const before = await shops.expected(retailer);
  await checkRecords(owner, connectionId, before, 0);
  await checkCounts(owner, value.sessionId, { created: before.count, updated: 0 });
  // Each session is that of a connection at rest: sessions that chase each other are spaced out.
  const history = await historyOf(stage, connected);
  await checkAtRest(owner, connectionId);
  const unchanged = await idle(place, connectionId);
  const task = await taskOf(place, connected);
  const all = await stage.rivals.run("productReading", task);
  await shops.touch(retailer, touchedProducts);
  const touched = await stage.rivals.run("productReading", { ...task, since: all.syncToken });
  const delta = await syncProducts(stage, connected);
  const after = await shops.expected(retailer);
  await checkRecords(owner, connectionId, after, touchedProducts);
  await checkCounts(owner, delta.sessionId, { created: 0, updated: touchedProducts });
  await historyOf(stage, connected);
  await checkAtRest(owner, connectionId);
  await forget(stage, connectionId);
  const relisted = await idle(place, connectionId);
  await checkRecords(owner, connectionId, after, touchedProducts);
  const reading = { all: all.ms, touched: touched.ms };
  return { first: { ...value, cpu }, unchanged, delta, relisted, history, reading };
}

/** A session with nothing to find. */
async function idle({ stage }: Place, connectionId: string): Promise<Idle> {
  const { value, written } = await writtenBy(stage.owner, () =>
    syncProducts(stage, { connectionId }),
  );
  await checkCounts(stage.owner, value.sessionId, { created: 0, updated: 0 });
  await historyOf(stage, { connectionId });
  await checkAtRest(stage.owner, connectionId);
  return { ...value, written };
}

export interface RecordsFootprint {
  idle: number;
  /** Peaks of the worker in MB, for a tenth of the products and for all. */
  tenth: number;
  full: number;
}

/** The worker's memory; on the way, everybody is warm before a time counts. */
export async function measureRecordsFootprint(
  tenthOf: Place,
  fullOf: Place,
): Promise<RecordsFootprint> {
  const { stage } = fullOf;
  const pid = stage.watched["worker"] ?? -1;
  const idleMb = memoryOf(pid);
  const peakOf = async (place: Place): Promise<number> => {
    const connected = await connectShop(place);
    return peakMemory(pid, () => syncProducts(stage, connected));
  };
  const tenth = await peakOf(tenthOf);
  const full = await peakOf(fullOf);
  await firstOf(tenthOf, "productScript");
  await firstOf(tenthOf, "productCeiling");
  return { idle: idleMb, tenth, full };
}
