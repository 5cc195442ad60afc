import { sql } from "drizzle-orm";
import type { Base } from "../sync/decide.ts";
import type { EventFields } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";
import type { Link } from "./links.ts";
import type { Change } from "./trail.ts";

/** A row of the trail, and the session that it came of. */
export type TrailRow = Pick<
  Change,
  "id" | "side" | "action" | "fields" | "rule" | "version" | "by" | "connectionId" | "sessionId"
> & {
  at: string;
  provider: string | null;
  trigger: string | null;
  triggeredBy: string | null;
  startedAt: string | null;
};

/** Why an event is as it is, newest first; `before` is the last id of the page before. */
export function readTrail(
  tx: Tx,
  eventId: string,
  page: { before: number | undefined; limit: number },
): Promise<TrailRow[]> {
  const before = page.before === undefined ? sql`` : sql`and h.id < ${page.before}`;
  return rows<TrailRow>(
    tx,
    sql`select h.id::float8 as id, ${instant(sql`h.at`)} as at, h.side, h.action, h.fields, h.rule, h.version::float8 as version, h.by,
          h.connection_id as "connectionId", h.session_id as "sessionId", c.provider, s.trigger,
          s.triggered_by as "triggeredBy", ${instant(sql`s.started_at`)} as "startedAt"
        from changes h left join connections c on c.id = h.connection_id left join sync_sessions s on s.id = h.session_id
        where h.event_id = ${eventId} ${before} order by h.id desc limit ${page.limit}`,
  );
}

/** All that decides whether an event is in step on one connection of its calendar. */
export interface StepFacts {
  connectionId: string;
  provider: string;
  settings: Record<string, string>;
  direction: "both" | "in" | "out";
  enabled: boolean;
  pausedReason: string | null;
  grantState: string;
  /** A moment to come, until which the provider is left alone. */
  waitUntil: string | null;
  waitReason: string | null;
  lastError: string | null;
  lastCompletePassAt: string | null;
  preview: boolean;
  deleted: boolean;
  link: Link["state"] | null;
  linkReason: string | null;
  remote: EventFields | null;
  base: Base | null;
  deletionSeen: boolean;
  conflicts: string[];
  heldLocal: boolean;
  heldRemote: boolean;
  write: "pending" | "completed" | "failed" | null;
  writeError: string | null;
  attempts: number;
  nextAttemptAt: string | null;
}

/** One row per living connection of the event's calendar, oldest first. */
export function readStepFacts(tx: Tx, eventId: string): Promise<StepFacts[]> {
  const held = (side: "local" | "remote") =>
    sql`exists (select from plans p where p.connection_id = c.id and p.side = ${side} and p.state = 'held')`;
  return rows<StepFacts>(
    tx,
    sql`select c.id as "connectionId", c.provider, c.settings, c.direction, c.enabled, c.paused_reason as "pausedReason",
          c.grant_state as "grantState", case when c.wait_until > now() then ${instant(sql`c.wait_until`)} end as "waitUntil",
          c.wait_reason as "waitReason", c.last_error as "lastError", ${instant(sql`c.last_complete_pass_at`)} as "lastCompletePassAt",
          exists (select from plans p where p.connection_id = c.id and p.kind = 'preview' and p.state = 'ready'
            and (p.waits_until is null or p.waits_until > now())) as preview,
          e.deleted_at is not null as deleted, l.state as link, l.reason as "linkReason", l.remote,
          case when l.agreed then jsonb_build_object('local', coalesce(l.base_local, l.remote), 'remote', coalesce(l.base_remote, l.remote)) end as base,
          l.deletion_seen_at is not null as "deletionSeen",
          array(select k.field from conflicts k where k.link_id = l.id and k.state = 'open' order by 1) as conflicts,
          ${held("local")} as "heldLocal", ${held("remote")} as "heldRemote", w.state as write, w.error as "writeError",
          coalesce(w.attempts, 0) as attempts, ${instant(sql`w.next_attempt_at`)} as "nextAttemptAt"
        from events e join connections c on c.calendar_id = e.calendar_id
          left join links l on l.connection_id = c.id and l.event_id = e.id
          left join writes w on w.connection_id = c.id and w.event_id = e.id
        where e.id = ${eventId} and c.disconnected_at is null order by c.created_at, c.id`,
  );
}
