import { randomUUID } from "node:crypto";
import { asyncLocalStorage, type Context } from "@temporalio/activity";
import pg from "pg";
import type { ActivityDeps } from "../../activities/deps.ts";
import type { StepResult } from "../../activities/failures.ts";
import { pull } from "../../activities/pull.ts";
import { push } from "../../activities/push.ts";
import { type Closing, closeSession, openSession } from "../../activities/session.ts";
import { loadConfig } from "../../config.ts";
import type { Connector } from "../../connectors/connector.ts";
import { createMemory } from "../../connectors/memory/index.ts";
import { createMemoryStore, type MemoryStore } from "../../connectors/memory/store.ts";
import { createRegistry } from "../../connectors/registry.ts";
import { openDatabase } from "../../db/client.ts";
import { migrate } from "../../db/migrate.ts";
import { ring } from "../../db/rings.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { createLog } from "../../log.ts";
import { createDatabase } from "../../start/environment.ts";
import type { EventFields, EventItem } from "../../sync/event.ts";
import { anEvent } from "../sync/event.ts";

const log = createLog("test", "silent");

/** Settings of every engine; tests hand in what they want otherwise. */
const key = `test:${Buffer.alloc(32, 7).toString("base64")}`;

/** How a session went, as its workflow would see it. */
export interface Went {
  sessionId: string;
  pulled: StepResult;
  pushed: StepResult | null;
  closing: Closing;
}

export type Engine = ReturnType<typeof engineAt>;

/** What anybody with a database client does. */
type Psql = <Row extends object = Record<string, unknown>>(
  text: string,
  values?: unknown[],
) => Promise<Row[]>;

/** The activities over a real database and a provider in memory: the workflow's part is played by the test. */
export async function startEngine(databaseUrl: string) {
  const name = `engine_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  const url = await createDatabase(databaseUrl, name);
  await migrate(url);
  return engineAt(url);
}

/** The same over a database that is there already. */
export function engineAt(url: string) {
  const db = openDatabase(url, { pool: 5, log });
  const sql = new pg.Pool({ connectionString: url, max: 3 });
  const psql: Psql = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await sql.query<Row>(text, values)).rows;

  const connect = async (choice: Choice = {}) => {
    const store = choice.store ?? createMemoryStore(choice.providerNow);
    const connector = choice.provider?.(createMemory(store)) ?? createMemory(store);
    const [company] = choice.companyId
      ? [{ id: choice.companyId }]
      : await psql<{ id: string }>("insert into companies (name) values ('Team') returning id");
    const companyId = company?.id ?? "";
    const calendarId = choice.calendarId ?? randomUUID();
    await psql(
      "insert into calendars (id, company_id, name) values ($1, $2, 'Team') on conflict do nothing",
      [calendarId, companyId],
    );
    const connectionId = randomUUID();
    await psql(
      `insert into connections (id, company_id, calendar_id, provider, settings, grant_state, direction, policy)
       values ($1, $2, $3, 'memory', '{"in": "memory"}', 'ok', $4, $5)`,
      [connectionId, companyId, calendarId, choice.direction ?? "both", choice.policy ?? "newest"],
    );
    const ref = { companyId, connectionId };
    const deps: ActivityDeps = {
      db,
      registry: createRegistry([connector]),
      keys: openKeyRing([key]),
      log,
      config: { ...loadConfig({ ENCRYPTION_KEYS: key }), ...choice.config },
      now: choice.now ?? Date.now,
      crash: () => undefined,
    };
    return { ...ref, calendarId, store, deps, ...actions({ deps, ref, calendarId, store, psql }) };
  };
  const stop = async () => {
    await Promise.all([db.close(), sql.end()]);
  };
  return { url, db, psql, connect, stop };
}

interface Choice {
  store?: MemoryStore;
  companyId?: string;
  calendarId?: string;
  direction?: "both" | "in" | "out";
  policy?: "newest" | "ours" | "theirs" | "owner" | "ask";
  config?: Partial<ActivityDeps["config"]>;
  /** The worker's clock. */
  now?: () => number;
  providerNow?: () => number;
  /** Puts something of its own before the memory connector. */
  provider?: (memory: Connector<EventItem>) => Connector<EventItem>;
}

function actions({
  deps,
  ref,
  calendarId,
  store,
  psql,
}: {
  deps: ActivityDeps;
  ref: { companyId: string; connectionId: string };
  calendarId: string;
  store: MemoryStore;
  psql: Psql;
}) {
  const ringIt = () =>
    deps.db.withCompany(ref.companyId, (tx) => ring(tx, { ...ref, trigger: "manual", by: "test" }));
  const session = async (between?: () => Promise<unknown>): Promise<Went> => {
    await ringIt();
    const opening = await asActivity(() => openSession(deps, ref));
    if (opening.kind === "idle") throw new Error(`nothing to do: ${opening.why}`);
    const input = { ...ref, sessionId: opening.sessionId, quick: false };
    const pulled = await untilThrough(() => pull(deps, { ...input, stream: "events" }));
    await between?.();
    const pushed = pulled.outcome === "done" ? await untilThrough(() => push(deps, input)) : null;
    const bad = [pulled, pushed].find((result) => result?.outcome === "stop");
    const failure = bad?.outcome === "stop" ? { code: bad.code, message: bad.message } : null;
    const closing = await asActivity(() =>
      closeSession(deps, { ...ref, sessionId: opening.sessionId, failure }),
    );
    return { sessionId: opening.sessionId, pulled, pushed, closing };
  };
  return {
    ref,
    ring: ringIt,
    session,
    /** What a person does at the provider. */
    put: (id: string, fields: Partial<EventFields>, more: Partial<EventItem> = {}) =>
      store.put({ id, item: { fields: { ...plain, ...fields }, ...more } }),
    /** Titles of what lives there and here. */
    there: () =>
      store
        .all()
        .flatMap(({ item }) => (item ? [item.fields.title] : []))
        .toSorted(),
    here: async () =>
      (
        await psql<{ title: string }>(
          "select title from events where calendar_id = $1 and deleted_at is null order by title",
          [calendarId],
        )
      ).map(({ title }) => title),
    insert: async (title: string, more: Record<string, unknown> = {}): Promise<string> => {
      const row = {
        company_id: ref.companyId,
        calendar_id: calendarId,
        title,
        start_at: "2026-12-02 10:00",
        end_at: "2026-12-02 11:00",
        ...more,
      };
      const names = Object.keys(row);
      const [made] = await psql<{ id: string }>(
        `insert into events (${names.join(", ")}) values (${names.map((_, at) => `$${at + 1}`).join(", ")}) returning id`,
        Object.values(row),
      );
      return made?.id ?? "";
    },
    writes: () =>
      psql<{
        state: string;
        attempts: number;
        error: string | null;
        title: string;
        version: string;
      }>(
        "select w.*, e.title from writes w join events e on e.id = w.event_id where w.connection_id = $1 order by e.title",
        [ref.connectionId],
      ),
  };
}

async function untilThrough(step: () => Promise<StepResult>): Promise<StepResult> {
  for (;;) {
    const result = await asActivity(step);
    if (result.outcome !== "more") return result;
  }
}

/** An event without anything special. */
export const plain: EventFields = anEvent({
  title: "",
  start: { local: "2026-12-01T10:00:00", zone: "UTC" },
  end: { local: "2026-12-01T11:00:00", zone: "UTC" },
});

/** Runs what is written for a worker outside of one; `signal` is how the worker would be told to stop. */
export function asActivity<T>(
  work: () => Promise<T>,
  signal: AbortSignal = new AbortController().signal,
  attempt = 1,
): Promise<T> {
  const context = {
    info: { workflowExecution: { workflowId: "test", runId: "test" }, attempt },
    cancellationSignal: signal,
    heartbeat: () => undefined,
  };
  return asyncLocalStorage.run(context as unknown as Context, work);
}
