import { closeSession, openSession } from "../../activities/session.ts";
import { undo } from "../../activities/undo.ts";
import type { Connector, Write } from "../../connectors/connector.ts";
import type { MemoryStore } from "../../connectors/memory/store.ts";
import { Gone } from "../../connectors/errors.ts";
import { planUndoNow } from "../../db/undo.ts";
import { askToApply } from "../../db/plan-states.ts";
import { storeUndo } from "../../db/undo-plan.ts";
import { eventFields, type EventItem } from "../../sync/event.ts";
import { asActivity, type Engine } from "./engine.ts";

type Team = Awaited<ReturnType<Engine["connect"]>>;

/** Plans the undo of a session and carries it out, as the API and the workflow do. */
export async function undoOf(
  engine: Engine,
  team: Team,
  undoes: string,
): Promise<{ planId: string; sessionId: string }> {
  const planId = await planUndoOf(engine, team, undoes);
  return { planId, sessionId: await carryOut(engine, team, planId) };
}

export async function planUndoOf(engine: Engine, team: Team, undoes: string): Promise<string> {
  const { companyId, connectionId } = team;
  const plan = await engine.db.withCompany(companyId, async (tx) => {
    const planned = await planUndoNow(tx, { sessionId: undoes, connectionId, fields: eventFields });
    return storeUndo(
      tx,
      { companyId, connectionId, undoes, by: "test", bringsBack: true },
      planned,
    );
  });
  if (!plan) throw new Error("another plan is under way");
  return plan.id;
}

/** Applies a plan, and runs the session that carries it out. Answers the session. */
export async function carryOut(engine: Engine, team: Team, planId: string): Promise<string> {
  const { companyId, ref, deps } = team;
  const asked = await engine.db.withCompany(companyId, (tx) => askToApply(tx, planId, "test"));
  if (!asked) throw new Error("the plan waits no more");
  const opening = await asActivity(() => openSession(deps, ref));
  if (opening.kind === "idle" || opening.mode?.kind !== "undo")
    throw new Error("no undo came next");
  const { sessionId } = opening;
  for (;;) {
    const result = await asActivity(() => undo(deps, { ...ref, sessionId, planId }));
    if (result.outcome === "done") break;
    if (result.outcome === "stop") throw new Error(`${result.code}: ${result.message}`);
  }
  await asActivity(() => closeSession(deps, { ...ref, sessionId, failure: null }));
  return sessionId;
}

/** A provider that keeps nothing of what was deleted. */
export function forgettingItems(memory: Connector<EventItem>): Connector<EventItem> {
  return {
    ...memory,
    open: (connection) => {
      const { write, ...remote } = memory.open(connection);
      if (!write) return remote;
      const { restore: _none, ...rest } = write;
      return { ...remote, write: rest };
    },
  };
}

/** A provider that keeps what was deleted, and brings it back under its own id, as it was. */
export function keepingItems(store: MemoryStore) {
  const kept = new Map<string, EventItem>();
  return (memory: Connector<EventItem>): Connector<EventItem> => ({
    ...memory,
    open: (connection) => {
      const remote = memory.open(connection);
      return remote.write ? { ...remote, write: keeping(remote.write, store, kept) } : remote;
    },
  });
}

function keeping(
  write: Write<EventItem>,
  store: MemoryStore,
  kept: Map<string, EventItem>,
): Write<EventItem> {
  return {
    ...write,
    async delete(remoteId, version, signal) {
      const all = store.all().flatMap(({ id, item }) => (item ? [[id, item] as const] : []));
      await write.delete(remoteId, version, signal);
      for (const [id, item] of all) if (!store.get(id)?.item) kept.set(id, item);
    },
    async restore(remoteId, mark, signal) {
      const series = [...kept].filter(([id, { master }]) => id === remoteId || master === remoteId);
      if (!kept.has(remoteId)) throw new Gone("nothing is left of it");
      for (const [id, item] of series) store.put({ id, item, mark });
      const found = await write.read(remoteId, signal);
      if (found.state !== "living") throw new Gone("nothing is left of it");
      return found;
    },
  };
}
