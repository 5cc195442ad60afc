import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createConnection } from "../../db/connections.ts";
import { readGrant, storeGrant } from "../../db/grants.ts";
import { openKeyRing } from "../../db/secrets.ts";
import type { Policy } from "../../sync/decide.ts";
import type { Parts } from "./stack.ts";

export interface ConnectOptions {
  policy?: Policy;
  companyId?: string;
  expiresInMs?: number;
  watchable?: boolean;
}

export interface Session {
  id: string;
  status: "queued" | "running" | "completed" | "error";
  trigger: string;
  error_code: string | null;
  error: string | null;
  run_id: string;
  provider_calls: number;
  local_created: number;
  local_updated: number;
  local_deleted: number;
  local_failed: number;
  remote_created: number;
  remote_updated: number;
  remote_deleted: number;
  remote_failed: number;
}

export type Connected = Awaited<ReturnType<typeof connect>>;

/** A company with one calendar, connected to a calendar of its own in the pretend Google. */
export async function connect(parts: Parts, options: ConnectOptions = {}) {
  const { db, google, sql, key } = parts;
  const tag = randomUUID().slice(0, 8);
  const email = `${tag}@example.test`;
  const googleCalendar = `${tag}@group.calendar.example.test`;
  await google.account(email, [
    { id: googleCalendar, timeZone: "Europe/Amsterdam", watchable: options.watchable ?? false },
  ]);
  const tokens = await google.tokens(email, options.expiresInMs);
  const companyId = options.companyId ?? (await newCompany(parts, tag));
  const calendarId = randomUUID();
  const connectionId = randomUUID();
  await sql.query(
    "insert into calendars (id, company_id, name, zone) values ($1, $2, 'Team', 'Europe/Amsterdam')",
    [calendarId, companyId],
  );
  await db.withCompany(companyId, async (tx) => {
    const settings = { calendarId: googleCalendar };
    await createConnection(tx, {
      id: connectionId,
      companyId,
      calendarId,
      provider: "google-calendar",
      settings,
      policy: options.policy ?? "newest",
    });
    await storeGrant(tx, openKeyRing([key]), connectionId, tokens, 0);
  });
  const ref = { companyId, connectionId };
  return {
    ...spokeOf(parts, ref),
    calendarId,
    googleCalendar,
    email,
    tokens,
    grant: async () =>
      (await db.withCompany(companyId, (tx) => readGrant(tx, openKeyRing([key]), connectionId)))
        ?.grant,
    /** A person goes through consent once more. */
    grantAgain: async () => {
      const fresh = await google.tokens(email);
      await db.withCompany(companyId, async (tx) => {
        const version = (await readGrant(tx, openKeyRing([key]), connectionId))?.version ?? 0;
        await storeGrant(tx, openKeyRing([key]), connectionId, fresh, version);
      });
    },
  };
}

/** What a test does with any connection: ring, wait for a session, wait for rest. */
export function spokeOf(parts: Parts, ref: { companyId: string; connectionId: string }) {
  const { door, sql } = parts;
  const { connectionId } = ref;

  const session = async (id: string): Promise<Session | null> =>
    (await sql.query<Session>("select * from sync_sessions where id = $1", [id])).rows[0] ?? null;
  const ring = () => door.requestSync({ ...ref, trigger: "manual", by: "test" });
  const ended = async (id: string, withinMs: number): Promise<Session> => {
    for (const end = Date.now() + withinMs; ; await sleep(30)) {
      const found = await session(id);
      if (found?.status === "completed" || found?.status === "error") return found;
      if (Date.now() > end)
        throw new Error(`session ${id} has not ended: ${JSON.stringify(found)}`);
    }
  };
  const sync = async (withinMs = 60_000) => ended((await ring()).sessionId, withinMs);
  return {
    ...ref,
    ring,
    /** Waits for the end of a session. */
    ended,
    /** Rings and waits for the session that serves the ring. */
    sync,
    /** Waits until nothing is queued, running or rung for. What a failed mark or a held plan keeps does not count. */
    async quiescent(withinMs = 60_000): Promise<void> {
      for (const end = Date.now() + withinMs; ; await sleep(40)) {
        const busy = await whatIsBusy(parts, connectionId);
        if (busy === null) return;
        if (Date.now() > end) throw new Error(`${connectionId} does not come to rest: ${busy}`);
      }
    },
  };
}

async function newCompany({ sql }: Parts, name: string): Promise<string> {
  const made = await sql.query<{ id: string }>(
    "insert into companies (name) values ($1) returning id",
    [name],
  );
  return made.rows[0]?.id ?? "";
}

async function whatIsBusy({ sql }: Parts, connectionId: string): Promise<string | null> {
  const { rows } = await sql.query<{ busy: string | null }>(
    `select nullif(concat_ws(', ',
       (select 'pending: ' || string_agg(w.event_id || ' ' || coalesce(w.error, ''), '; ') from writes w join events e on e.id = w.event_id
          where w.connection_id = $1 and w.state = 'pending' and not (e.deleted_at is not null and exists (
            select from plans p where p.connection_id = $1 and p.side = 'remote' and p.state = 'held'))),
       (select 'sessions: ' || string_agg(id || ' ' || status, '; ') from sync_sessions where connection_id = $1 and status in ('queued', 'running')),
       (select 'rings: ' || (rung - served) from rings where connection_id = $1 and rung > served),
       (select 'open intents: ' || count(*) from intents where connection_id = $1 and closed_at is null having count(*) > 0)), '') as busy`,
    [connectionId],
  );
  return rows[0]?.busy ?? null;
}
