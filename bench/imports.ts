import {
  checkCursor,
  checkLinks,
  checkScript,
  type Expected,
  freshTables,
  rowVersions,
} from "./database.ts";
import { type Cpu, measured, memoryOf, peakMemory } from "./measure.ts";
import type { Outcome } from "./rivals/rival.ts";
import { hashOf, lineOf } from "./sandbox.ts";
import type { Stage } from "./stage.ts";
import { connect, historyOf, type Session, sync } from "./syncline.ts";

export interface Contest {
  ms: number;
  cpu: Cpu;
}

/** Lengths of the workflows' histories, by what the session found. */
export interface Histories {
  first: number;
  unchanged: number;
}

/** One round: everybody imports, follows one per cent of changes, and finds nothing new. */
export interface Round {
  script: { first: Contest; delta: number; unchanged: number };
  syncline: {
    first: Contest;
    delta: Session;
    unchanged: Session;
    written: number;
    histories: Histories;
  };
  ceiling: { first: Contest };
}

async function expectedOf({ sandbox }: Stage, remoteCalendarId: string): Promise<Expected> {
  const events = await sandbox.events(remoteCalendarId);
  return { count: events.length, hash: hashOf(events.map(lineOf)) };
}

/** Changes every hundredth event, each time to something new. */
async function editSome({ sandbox }: Stage, remoteCalendarId: string): Promise<number> {
  const events = await sandbox.events(remoteCalendarId);
  const some = events.filter((_, at) => at % 100 === 0);
  const summary = `Moved ${performance.now()}`;
  for (const { id } of some) await sandbox.edit(remoteCalendarId, id, { summary });
  return some.length;
}

export async function playRound(stage: Stage, remoteCalendarId: string): Promise<Round> {
  return {
    script: await playScript(stage, remoteCalendarId),
    syncline: await playSyncline(stage, remoteCalendarId),
    ceiling: await playCeiling(stage, remoteCalendarId),
  };
}

async function playScript(stage: Stage, remoteCalendarId: string): Promise<Round["script"]> {
  const first = await rival(stage, "script", remoteCalendarId);
  await checkScript(stage.owner, remoteCalendarId, await expectedOf(stage, remoteCalendarId));
  await editSome(stage, remoteCalendarId);
  const delta = await first.again(first.syncToken);
  await checkScript(stage.owner, remoteCalendarId, await expectedOf(stage, remoteCalendarId));
  const unchanged = await first.again(delta.syncToken);
  return { first, delta: delta.ms, unchanged: unchanged.ms };
}

async function playCeiling(stage: Stage, remoteCalendarId: string): Promise<Round["ceiling"]> {
  const first = await rival(stage, "ceiling", remoteCalendarId);
  const expected = await expectedOf(stage, remoteCalendarId);
  await checkLinks(stage.owner, first.connected.connectionId, expected, expected.count);
  return { first };
}

async function playSyncline(stage: Stage, remoteCalendarId: string): Promise<Round["syncline"]> {
  await freshTables(stage.owner);
  const connected = await connect(stage, remoteCalendarId);
  const { value, cpu } = await measured(stage.watched, () => sync(stage, connected));
  const expected = await expectedOf(stage, remoteCalendarId);
  await checkLinks(stage.owner, connected.connectionId, expected, expected.count);
  await checkCursor(stage.owner, connected.connectionId);
  const edited = await editSome(stage, remoteCalendarId);
  // Each session is that of a connection at rest: sessions that chase each other are spaced out.
  const firstHistory = await historyOf(stage, connected);
  const delta = await sync(stage, connected);
  const moved = await expectedOf(stage, remoteCalendarId);
  await checkLinks(stage.owner, connected.connectionId, moved, expected.count + edited);
  await historyOf(stage, connected);
  const before = await rowVersions(stage.owner);
  const unchanged = await sync(stage, connected);
  const after = await rowVersions(stage.owner);
  const written = [...after].filter((row) => !before.has(row)).length;
  const histories = { first: firstHistory, unchanged: await historyOf(stage, connected) };
  return { first: { ms: value.ms, cpu }, delta, unchanged, written, histories };
}

async function rival(stage: Stage, name: "script" | "ceiling", remoteCalendarId: string) {
  await freshTables(stage.owner);
  const connected = await connect(stage, remoteCalendarId, false);
  const { accessToken } = await stage.sandbox.token();
  const task = {
    ...connected,
    databaseUrl: stage.databaseUrl,
    apiUrl: stage.sandbox.url,
    accessToken,
    companyId: stage.companyId,
  };
  const { value, cpu } = await measured(stage.watched, () => stage.rivals.run(name, task));
  const again = (syncToken: string): Promise<Outcome> =>
    stage.rivals.run(name, { ...task, syncToken });
  return { ...value, cpu, connected, again };
}

export interface Footprint {
  idle: number;
  /** Peaks of the worker in MB, for a tenth of the events and for all. */
  tenth: number;
  full: number;
}

/** The worker's memory; on the way, everybody is warm before a time counts. */
export async function measureFootprint(
  stage: Stage,
  calendars: { tenth: string; full: string },
): Promise<Footprint> {
  await stage.sandbox.notifications("drop");
  const pid = stage.watched["worker"] ?? -1;
  const idle = memoryOf(pid);
  const importing = async (remoteCalendarId: string): Promise<number> => {
    await freshTables(stage.owner);
    const connected = await connect(stage, remoteCalendarId);
    return peakMemory(pid, () => sync(stage, connected));
  };
  const tenth = await importing(calendars.tenth);
  const full = await importing(calendars.full);
  await rival(stage, "script", calendars.tenth);
  await rival(stage, "ceiling", calendars.tenth);
  return { idle, tenth, full };
}
