import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { expect, inject } from "vitest";
import { createApp } from "../../api/app.ts";
import type { Deps } from "../../api/deps.ts";
import { openListener } from "../../api/listener.ts";
import { openapi } from "../../api/openapi.ts";
import { routes } from "../../api/routes.ts";
import { createRegistry, type Registry } from "../../connectors/registry.ts";
import type { Connector } from "../../connectors/connector.ts";
import { Forbidden, Rejected } from "../../connectors/errors.ts";
import { createNotion } from "../../connectors/notion/index.ts";
import { createSystemBookings } from "../../connectors/system-bookings/index.ts";
import { webhook } from "../../connectors/google-calendar/webhook.ts";
import type { Role } from "../../db/api-keys.ts";
import { type Database, openDatabase } from "../../db/client.ts";
import { migrate } from "../../db/migrate.ts";
import { ring, type Ring } from "../../db/rings.ts";
import { openKeyRing, sha256 } from "../../db/secrets.ts";
import { createLog } from "../../log.ts";
import { createNotifiers } from "../../notifiers/index.ts";
import { createDatabase } from "../../start/environment.ts";
import { eventFields, type EventItem } from "../../sync/event.ts";

export const keyRing = openKeyRing([`k1:${Buffer.alloc(32, 7).toString("base64")}`]);
const log = createLog("test", "silent");

export interface TestApi {
  url: string;
  databaseUrl: string;
  database: Database;
  deps: Deps;
  /** As the owner of the tables. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** What went through the front door. */
  rings: Ring[];
  signals: string[];
  /** What Temporal was asked. */
  asked: string[];
  company(name?: string): Promise<Company>;
  stop(): Promise<void>;
}

export interface Company {
  id: string;
  keys: Record<Role, string>;
  calendarId: string;
  connectionId: string;
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // Tests look into answers freely; what is not there fails the expectation.
  body: Record<string, never> & { [name: string]: unknown };
}

/** The whole app on a database of its own; Temporal's part is played by a recorder. */
export async function startApi(overrides: Partial<Deps> = {}): Promise<TestApi> {
  const databaseUrl = await createDatabase(
    inject("databaseUrl"),
    `api_${randomUUID().replaceAll("-", "").slice(0, 16)}`,
  );
  await migrate(databaseUrl);
  const database = openDatabase(databaseUrl, { pool: 5, log });
  const admin = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const listener = openListener(databaseUrl, ["syncline_write", "syncline_session"], log);
  const record = { rings: [] as Ring[], signals: [] as string[], asked: [] as string[] };
  const deps: Deps = {
    ...recorded(record, database),
    log,
    database,
    keyRing,
    registry: registry(),
    listener,
    ...overrides,
  };
  const server: Server = createApp(deps).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sql: TestApi["sql"] = async (text, values = []) => (await admin.query(text, values)).rows;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    databaseUrl,
    database,
    deps,
    sql,
    ...record,
    company: (name = "Company") => makeCompany(sql, name),
    async stop() {
      server.close();
      server.closeAllConnections();
      await listener.close();
      await database.close();
      await admin.end();
    },
  };
}

function recorded(record: Pick<TestApi, "rings" | "signals" | "asked">, database: Database) {
  const ask = async (what: string) => void record.asked.push(what);
  return {
    config: {
      PUBLIC_URL: "http://127.0.0.1:3000",
      WEBHOOK_BASE_URL: undefined,
      CORS_ORIGINS: ["https://app.example.test"],
      WRITE_WAIT_MS: 300,
      POLL_INTERVAL_MS: 900_000,
      POLL_TICK_MS: 30_000,
      PREVIEW_HOLD_MS: 900_000,
      PROVIDER_TIMEOUT_MS: 5_000,
      TEMPORAL_UI_URL: "http://127.0.0.1:8233",
      temporalNamespace: "team a",
      KEEP_FINISHED_WRITES_DAYS: 7,
      REQUESTS_PER_MINUTE: 100_000,
      NOTIFY_ALLOWED_HOSTS: [] as string[],
    },
    frontDoor: {
      ringIn: (tx: Parameters<typeof ring>[0], of: Ring) => {
        record.rings.push(of);
        return ring(tx, of);
      },
      requestSync: async (of: Ring) => {
        record.rings.push(of);
        return database.withCompany(of.companyId, (tx) => ring(tx, of));
      },
      signal: ({ connectionId }: { connectionId: string }) =>
        void record.signals.push(connectionId),
    },
    schedules: {
      put: ({ id }: { id: string }) => ask(`put ${id}`),
      remove: (id: string) => ask(`remove ${id}`),
      describe: async () => ({
        next: ["2026-01-01T00:00:00Z"],
        last: null,
        missed: 0,
        running: false,
      }),
    },
    workflows: {
      disconnect: ({ connectionId }: { connectionId: string }) => ask(`disconnect ${connectionId}`),
      channels: {
        renew: ({ connectionId }: { connectionId: string }) => ask(`renew ${connectionId}`),
        stop: ({ connectionId }: { connectionId: string }) => ask(`stop ${connectionId}`),
      },
    },
    bookings: async ({ companyId }: { companyId: string }) => {
      record.asked.push(`bookings ${companyId}`);
      return true;
    },
    notifiers: createNotifiers({ mail: null, allowedHosts: [] }),
    checks: { postgres: () => database.ping() },
    accepting: () => true,
    now: Date.now,
  } satisfies Partial<Deps>;
}

/** Who signs in at the pretend provider, by the code that comes back. */
export const accounts: Record<string, { primary: string; others: string[] }> = {
  "code-anna": { primary: "anna@example.test", others: ["team@example.test"] },
  "code-bert": { primary: "bert@example.test", others: [] },
};

/**
 * A Google whose accounts are a table: its tokens are `token of <code>`. And Notion's real connector,
 * with nobody at its address unless one is given.
 */
export function registry(notion = createNotion({ apiUrl: "http://127.0.0.1:9" })): Registry {
  const pretend: Connector<EventItem> = {
    provider: "google-calendar",
    kind: "calendar",
    streams: ["events"],
    fields: eventFields,
    quota: { unitsPerSecond: 1_000, burst: 1_000 },
    checkSettings(settings) {
      const { calendarId, ...others } = settings as { calendarId: string };
      if (Object.keys(others).length > 0)
        throw new Rejected("a calendar has an id and nothing else");
      if (calendarId.includes(" ")) throw new Rejected("a calendar's id has no spaces");
      return { calendarId };
    },
    open: (connection) => ({
      pull: () => {
        throw new Error("the API pulls nothing");
      },
      async collections() {
        const account = accounts[(await connection.grant()).accessToken.replace("token of ", "")];
        return [account?.primary ?? "nobody", ...(account?.others ?? [])].map((id, index) => {
          return { id, name: id, zone: "UTC", writable: true, primary: index === 0 };
        });
      },
    }),
    consent: {
      authorizeUrl: ({ state, codeChallenge }) =>
        `https://consent.example.test/?state=${state}&code_challenge=${codeChallenge}`,
      async exchange(code, verifier) {
        if (code === "code-barred") throw new Forbidden("the client may not do this");
        if (!(code in accounts)) throw new Rejected("the code is not known");
        if (verifier.length !== 43) throw new Rejected("no verifier");
        return {
          accessToken: `token of ${code}`,
          refreshToken: `refresh of ${code}`,
          expiresAt: Date.now() + 3_600_000,
        };
      },
      refresh: async () => ({
        accessToken: "token of code-anna",
        expiresAt: Date.now() + 3_600_000,
      }),
      revoke: async () => {},
    },
    webhook,
  };
  const bookings = createSystemBookings({ wanted: async () => [], intervalMs: 1_800_000 });
  return createRegistry([pretend, notion, bookings]);
}

async function makeCompany(sql: TestApi["sql"], name: string): Promise<Company> {
  const id = randomUUID();
  const keys = {
    owner: `owner-${randomUUID()}`,
    admin: `admin-${randomUUID()}`,
    member: `member-${randomUUID()}`,
  };
  await sql("insert into companies (id, name) values ($1, $2)", [id, name]);
  for (const [role, key] of Object.entries(keys)) {
    await sql("insert into api_keys (company_id, name, role, hash) values ($1, $2, $2, $3)", [
      id,
      role,
      sha256(key),
    ]);
  }
  const calendarId = randomUUID();
  await sql(
    "insert into calendars (id, company_id, name, zone) values ($1, $2, 'Team', 'Europe/Amsterdam')",
    [calendarId, id],
  );
  const connectionId = randomUUID();
  await sql(
    `insert into connections (id, company_id, calendar_id, provider, settings, grant_state, last_complete_pass_at)
     values ($1, $2, $3, 'google-calendar', $4, 'ok', now())`,
    [connectionId, id, calendarId, JSON.stringify({ calendarId: `remote-${connectionId}` })],
  );
  return { id, keys, calendarId, connectionId };
}

export interface Sending {
  key?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export async function send(
  api: Pick<TestApi, "url">,
  method: string,
  path: string,
  sending: Sending = {},
): Promise<Reply> {
  const { key, body, headers } = sending;
  const answer = await fetch(api.url + path, {
    method,
    redirect: "manual",
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  if (isJson) expectDescribed(method, path, answer.status, JSON.parse(text));
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: isJson ? JSON.parse(text) : {},
  };
}

/** What a worker would do: completes the marks of events as soon as they are there. */
export async function pretendWorker(api: TestApi, eventId: string): Promise<void> {
  await api.sql("update writes set state = 'completed', finished_at = now() where event_id = $1", [
    eventId,
  ]);
}

export const meeting = {
  title: "Meeting",
  startDateTime: "2026-03-02T10:00:00+01:00",
  endDateTime: "2026-03-02T11:00:00+01:00",
};

/** Every answer is as the document says: its status is there, and it holds what is described and no more. */
function expectDescribed(method: string, path: string, status: number, body: unknown): void {
  const address = path.split("?", 1)[0] ?? "";
  const found = routes.find((route) => {
    const pattern = route.path.replaceAll(/:\w+/g, "[^/]+").replaceAll(".", "\\.");
    return route.method === method.toLowerCase() && new RegExp(`^${pattern}$`).test(address);
  });
  if (status >= 400) {
    const known = found && refusalsOf(found);
    if (known && status !== 500)
      expect([path, known]).toEqual([path, expect.arrayContaining([status])]);
    return;
  }
  const described = found?.answers[status]?.schema;
  if (!described) throw new Error(`${method} ${path} answered an undescribed ${status}`);
  expect(described.parse(body)).toEqual(body);
}

const document = openapi(routes, "http://127.0.0.1") as {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

function refusalsOf({ method, path }: { method: string; path: string }): number[] {
  const operation = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method];
  return Object.keys(operation?.responses ?? {}).map(Number);
}
