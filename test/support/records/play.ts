import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../stack.ts";
import { unequalLogs, unequalStates } from "./compare.ts";
import { type ConnectedRecords, connectRecords } from "./connected-records.ts";
import { drawsOf, type Random } from "./draw.ts";
import { kill } from "./kill.ts";
import { openShop } from "./shop.ts";
import type { Side } from "./side.ts";
import { openCompany } from "./staff.ts";

const rounds = 2;
const mostFaults = 4;

/** What a history has come to. */
export interface Played {
  seed: number;
  side: Side;
  connected: ConnectedRecords;
  kills: number;
  faults: number;
  /** Changes and deletions that were told. */
  changes: number;
}

/** Two of five seeds are companies at Employes, the others shops at KiotViet; in one of five a worker is killed. */
const isCompany = (seed: number) => seed % 5 === 2 || seed % 5 === 4;
const isKilled = (seed: number) => seed % 5 === 0 || (seed % 25) - 2 === 0;

/** A provider that lives on while we read it, and fails, and a worker that dies; at the end all is at rest. */
export async function play(stack: Stack, seed: number): Promise<Played> {
  const random = drawsOf(seed);
  const side = await (isCompany(seed) ? openCompany : openShop)(stack, seed, random);
  const connected = await connectRecords(stack, side.body);
  const played: Played = { seed, side, connected, kills: 0, faults: 0, changes: 0 };
  const killedIn = isKilled(seed) ? random.upTo(rounds - 1) : null;
  await connected.sync();
  let once = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    await side.change(random, once);
    await side.changeWhileRead(random, once);
    await disturbed(stack, played, { random, once, isKilled: round === killedIn });
    once = new Set(await quiet(played));
  }
  await settled(played);
  return played;
}

/** What was to be changed while we read is changed, or would be on a page that is not there. */
async function settled(played: Played): Promise<void> {
  for (let more = 0; more < 4; more++)
    if ((await played.side.pending()).length > 0) await quiet(played);
  await quiet(played);
}

interface Round {
  random: Random;
  once: Set<string>;
  isKilled: boolean;
}

/** Sessions amid faults and changes, until one of them ends well. */
async function disturbed(stack: Stack, played: Played, round: Round): Promise<void> {
  const { side, connected } = played;
  const { random, once } = round;
  await side.disturb(random, once);
  const ids: string[] = [];
  for (let faults = random.upTo(mostFaults); faults > 0; faults--)
    ids.push((await stack.google.fault(side.fault(random))).id);
  const wish = wishOf(random, side);
  const waitMs = random.upTo(400);
  const syncing = connected.sync(wish);
  const dying = round.isKilled ? kill(stack, drawsOf(-played.seed)) : Promise.resolve();
  const changing = sleep(waitMs).then(() => side.change(random, once));
  await Promise.all([syncing, dying, changing]);
  played.kills += round.isKilled ? 1 : 0;
  played.faults += await lift(stack, ids);
  await side.relieve();
}

function wishOf(random: Random, { streams }: Side): object {
  const full = random.chance(0.3) ? { full: true } : {};
  return random.chance(0.2) ? { ...full, streams: [random.pick(streams)] } : full;
}

/** Answers how often they have struck. */
async function lift(stack: Stack, ids: readonly string[]): Promise<number> {
  const { faults } = await stack.google.call<{ faults: { id: string; given: number }[] }>(
    "GET",
    "/faults",
  );
  for (const id of ids) await stack.google.call("DELETE", `/faults/${id}`);
  return faults.reduce((sum, { id, given }) => sum + (ids.includes(id) ? given : 0), 0);
}

/** Answers what may be changed while the last of these sessions reads, and be seen by none of them. */
async function quiet({ side, connected }: Played): Promise<string[]> {
  let pending: string[] = [];
  for (let sessions = side.quietSessions(); sessions > 0; sessions--) {
    pending = await side.pending();
    await connected.sync();
  }
  await side.settle();
  return pending;
}

/** What one history has broken, in words, each with the invariant's number. */
export async function check(played: Played): Promise<string[]> {
  const { seed, side, connected } = played;
  const [theirs, ours] = [await side.log(), await connected.log()];
  played.changes = ours.filter(({ action }) => action !== "created").length;
  const broken = [
    ...unequalLogs(theirs, ours).map((text) => `I3, I6: the logs differ: ${text}`),
    ...unequalStates(await side.state(), await connected.state()).map((text) => `I1: ${text}`),
  ];
  const before = await connected.written();
  await connected.sync({ full: true });
  const after = await connected.written();
  if (JSON.stringify(after) !== JSON.stringify(before))
    broken.push(`I2: reading all anew wrote: ${JSON.stringify([before, after])}`);
  return broken.map((text) => `seed ${seed}: ${text}`);
}
