import { randomUUID } from "node:crypto";
import type { ActivityDeps } from "../../activities/deps.ts";
import type { StepResult } from "../../activities/failures.ts";
import { detectChanges } from "../../activities/records/detect.ts";
import { readHistory } from "../../activities/records/history.ts";
import { pullRecords } from "../../activities/records/pull.ts";
import { closeSession, openSession } from "../../activities/session.ts";
import { loadConfig } from "../../config.ts";
import {
  createMemoryRecords,
  createRecordsStore,
  type MemoryRecordsOptions,
} from "../../connectors/memory/records.ts";
import type { RecordsConnector } from "../../connectors/records.ts";
import { createRegistry } from "../../connectors/registry.ts";
import { ring } from "../../db/rings.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { createLog } from "../../log.ts";
import { asActivity, engineAt, startEngine } from "./engine.ts";

const key = `test:${Buffer.alloc(32, 7).toString("base64")}`;

/** The activities of a session with records over a real database; the workflow's part is played by the test. */
export async function startRecordsEngine(databaseUrl: string) {
  const engine = await startEngine(databaseUrl);
  return { ...recordsEngineAt(engine.url), stop: engine.stop };
}

interface Choice extends MemoryRecordsOptions {
  config?: Partial<ActivityDeps["config"]>;
  companyId?: string;
  connector?(memory: RecordsConnector): RecordsConnector;
  crash?: ActivityDeps["crash"];
}

export function recordsEngineAt(url: string) {
  const { db, psql } = engineAt(url);
  const connect = async (choice: Choice = {}) => {
    const store = createRecordsStore();
    const memory = createMemoryRecords(store, choice);
    const connector = choice.connector?.(memory) ?? memory;
    const [company] = choice.companyId
      ? [{ id: choice.companyId }]
      : await psql<{ id: string }>("insert into companies (name) values ('Shop') returning id");
    const ref = { companyId: company?.id ?? "", connectionId: randomUUID() };
    await psql(
      `insert into connections (id, company_id, provider, settings, grant_state, direction)
       values ($1, $2, 'memory-records', '{"in": "memory"}', 'ok', 'in')`,
      [ref.connectionId, ref.companyId],
    );
    const deps: ActivityDeps = {
      db,
      registry: createRegistry([connector]),
      keys: openKeyRing([key]),
      log: createLog("test", "silent"),
      config: { ...loadConfig({ ENCRYPTION_KEYS: key }), ...choice.config },
      now: Date.now,
      crash: choice.crash ?? (() => undefined),
    };
    return { ...ref, ref, store, deps, ...actions(deps, ref, psql) };
  };
  return { url, db, psql, connect };
}

type Psql = ReturnType<typeof engineAt>["psql"];

function actions(deps: ActivityDeps, ref: { companyId: string; connectionId: string }, psql: Psql) {
  const session = async (streams: readonly string[] = []) => {
    await deps.db.withCompany(ref.companyId, (tx) =>
      ring(tx, { ...ref, streams, trigger: "manual", by: "test" }),
    );
    const opening = await asActivity(() => openSession(deps, ref));
    if (opening.kind === "idle") throw new Error(`nothing to do: ${opening.why}`);
    const input = { ...ref, sessionId: opening.sessionId };
    const steps: (() => Promise<StepResult>)[] = [
      ...opening.streams.map(
        (stream) => () => pullRecords(deps, { ...input, stream, quick: false }),
      ),
      () => readHistory(deps, input),
    ];
    let stopped: StepResult | null = null;
    for (const step of steps) {
      const result = await untilThrough(step);
      if (result.outcome !== "done") {
        stopped = result;
        break;
      }
    }
    const detected = await untilThrough(() => detectChanges(deps, input));
    const bad = [stopped, detected].find((result) => result?.outcome === "stop");
    const failure = bad?.outcome === "stop" ? { code: bad.code, message: bad.message } : null;
    const closing = await asActivity(() => closeSession(deps, { ...input, failure }));
    return { sessionId: opening.sessionId, stopped, closing };
  };
  return {
    session,
    /** What is known to live, by id. */
    known: async (stream = "items") =>
      Object.fromEntries(
        (
          await psql<{ id: string; content: unknown }>(
            `select r.remote_id as id, v.content from records r join record_versions v on v.record_id = r.id and v.version = r.version
             where r.connection_id = $1 and r.stream = $2 and r.state = 'live' order by r.remote_id`,
            [ref.connectionId, stream],
          )
        ).map(({ id, content }) => [id, content]),
      ),
    /** The change log in its order, as short words. */
    changes: async (stream = "items") =>
      (
        await psql<{ action: string; item: string; fields: object }>(
          "select action, remote_id as item, fields from record_changes where connection_id = $1 and stream = $2 order by id",
          [ref.connectionId, stream],
        )
      ).map(({ action, item, fields }) => [action, item, ...Object.keys(fields)].join(" ")),
    logs: async (sessionId: string) =>
      (
        await psql<{ message: string }>(
          "select message from sync_logs where session_id = $1 order by id",
          [sessionId],
        )
      ).map(({ message }) => message),
  };
}

/** Repeats a step while it says that there is more; a pause is not sat out. */
async function untilThrough(step: () => Promise<StepResult>): Promise<StepResult> {
  for (let turn = 0; turn < 200; turn++) {
    const result = await asActivity(step);
    if (result.outcome !== "more") return result;
  }
  throw new Error("a step does not come to an end");
}
