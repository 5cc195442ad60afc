import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../connected.ts";
import { ownerOf } from "../http.ts";
import type { Stack } from "../stack.ts";
import type { Entry, Records } from "./side.ts";

const endsWithinMs = 150_000;

export type ConnectedRecords = Awaited<ReturnType<typeof connectRecords>>;

interface Change {
  stream: string;
  remoteId: string;
  action: "created" | "updated" | "deleted" | "restored";
  fields: Record<string, { sensitive: true } | { before: unknown; after: unknown }>;
}

/** What no other log has: it follows from other fields. */
const derived = new Set(["displayName", "createdOn"]);

/** A connection to business data, made over the API as a person does. */
export async function connectRecords(stack: Stack, body: object) {
  const { call } = await ownerOf(stack);
  const made = await call<{ id: string }>("POST", "/connections", body);
  if (made.status !== 201) throw new Error(`no connection: ${JSON.stringify(made)}`);
  const { id } = made.body;
  const ask = async <T>(method: string, path: string, more?: object): Promise<T> => {
    const { status, body: answer } = await call<T>(method, path, more);
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const ring = async (wish: object = {}) =>
    (await ask<{ sessionId: string }>("POST", `/connections/${id}/sync`, wish)).sessionId;
  const ended = async (sessionId: string): Promise<Session> => {
    for (const end = Date.now() + endsWithinMs; ; await sleep(60)) {
      const found = await stack.psql<Session>("select * from sync_sessions where id = $1", [
        sessionId,
      ]);
      if (found[0]?.status === "completed" || found[0]?.status === "error") return found[0];
      if (Date.now() > end) throw new Error(`a session has not ended: ${JSON.stringify(found)}`);
    }
  };
  return {
    id,
    ring,
    /** Sessions until one ends well: what fails, or dies, only takes time. */
    async sync(wish: object = {}): Promise<void> {
      const errors: string[] = [];
      for (let tries = 0; tries < 8; tries++) {
        const { status, error } = await ended(await ring(wish));
        if (status === "completed") return;
        errors.push(error ?? "");
      }
      throw new Error(`no session has ended well: ${errors.join("; ")}`);
    },
    ended,
    log: () => readLog(ask, id),
    state: () => readState(stack, id),
    /** How many versions and changes there have ever been. */
    written: () =>
      stack.psql(
        `select (select count(*)::int from record_versions where connection_id = $1) as versions,
           (select count(*)::int from record_changes where connection_id = $1) as changes`,
        [id],
      ),
  };
}

type Ask = <T>(method: string, path: string) => Promise<T>;

async function readLog(ask: Ask, id: string): Promise<Entry[]> {
  const log: Entry[] = [];
  const path = `/changes?connectionId=${id}&order=oldest&limit=500`;
  for (let cursor = ""; ;) {
    const page = await ask<{ data: Change[]; nextCursor: string }>("GET", path + cursor);
    log.push(...page.data.map((change) => entryOf(change)));
    if (page.data.length < 500) return log;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

function entryOf({ stream, remoteId, action, fields }: Change): Entry {
  const named = Object.entries(fields)
    .filter(([name]) => !derived.has(name))
    .map(([name, change]) => [name, "sensitive" in change ? "sensitive" : change]);
  return {
    item: `${stream} ${remoteId}`,
    action: action === "restored" ? "created" : action,
    fields: Object.fromEntries(named) as Entry["fields"],
  };
}

async function readState(stack: Stack, id: string): Promise<Records> {
  const rows = await stack.psql<{ item: string; content: Record<string, unknown> }>(
    `select r.stream || ' ' || r.remote_id as item, v.content from records r
     join record_versions v on v.record_id = r.id and v.version = r.version
     where r.connection_id = $1 and r.state <> 'deleted'`,
    [id],
  );
  return new Map(rows.map(({ item, content }) => [item, content]));
}
