import { setTimeout as sleep } from "node:timers/promises";
import type { Response } from "express";
import { isLivingKey } from "../db/api-keys.ts";
import { listLogs, readSession, type Session, type SessionLog } from "../db/sessions.ts";
import type { Deps } from "./deps.ts";
import { notFound, Problem } from "./problems.ts";
import type { Answer, Call } from "./route.ts";
import { isOver } from "./session-end.ts";
import { toLog, toSession } from "./session-shape.ts";

const pingMs = 15_000;
const retryMs = 2_000;
const batch = 500;

/**
 * Progress as server-sent events. What is sent comes from the tables alone, in order and from after
 * `Last-Event-ID`: a notification only says when to look, so that none is missed and none comes twice.
 */
export async function stream(
  deps: Deps,
  call: Call<unknown, unknown, unknown>,
  sessionId: string,
): Promise<Answer> {
  let after = lastId(call.header("last-event-id"));
  const bell = createBell();
  const unhear = deps.listener.on("syncline_session", sessionId, bell.ring);
  try {
    let state = await look(deps, call, sessionId, after);
    if (!state) throw notFound();
    begin(call.res);
    if (call.req.method === "HEAD") return endNow(call.res);
    for (let told = ""; ;) {
      for (const log of state.logs) write(call.res, { event: "log", id: log.id, data: toLog(log) });
      after = state.logs.at(-1)?.id ?? after;
      const session = JSON.stringify(toSession(deps, state.session));
      if (session !== told)
        write(call.res, { event: "session", id: after, data: JSON.parse(session) });
      told = session;
      const isAll = state.logs.length < batch;
      if (isAll && isOver(state.session)) {
        write(call.res, { event: "end", id: after, data: { status: state.session.status } });
        break;
      }
      if (isAll) await quiet(call, bell, deps);
      if (call.gone.aborted || !deps.accepting()) break;
      bell.reset();
      state = await look(deps, call, sessionId, after);
      if (!state) break;
    }
    call.res.end();
    return "streamed";
  } finally {
    unhear();
  }
}

/** Remembers a ring that comes while nobody listens. */
function createBell() {
  let rung = false;
  let waiting: (() => void) | null = null;
  return {
    ring: () => {
      rung = true;
      waiting?.();
    },
    /** Resolves at the next ring, or at once when there was one since `reset`. */
    rung: () =>
      new Promise<void>((resolve) => {
        waiting = resolve;
        if (rung) resolve();
      }),
    reset: () => {
      rung = false;
      waiting = null;
    },
  };
}

const endingMs = 500;

/** Waits for news, with a ping so that proxies keep the line open; at each ping the tables are read too. */
async function quiet(
  call: Call<unknown, unknown, unknown>,
  bell: { rung(): Promise<void> },
  deps: Deps,
): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, call.gone]);
  const timer = async (): Promise<"ping" | "over"> => {
    for (let waited = 0; waited < pingMs; waited += endingMs) {
      await sleep(endingMs, undefined, { signal });
      if (!deps.accepting()) return "over";
    }
    return "ping";
  };
  const gone = timer().catch(() => "over" as const);
  const first = await Promise.race([bell.rung(), gone]);
  ended.abort();
  if (first === "ping") call.res.write(": ping\n\n");
}

async function look(
  deps: Deps,
  call: Call<unknown, unknown, unknown>,
  sessionId: string,
  after: number | undefined,
): Promise<{ session: Session; logs: SessionLog[] } | null> {
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    if (!(await isLivingKey(tx, call.caller.id))) return null;
    // The session first: if it has ended, the logs read after it are all there are.
    const session = await readSession(tx, sessionId);
    return session && { session, logs: await listLogs(tx, sessionId, { after, limit: batch }) };
  });
}

function lastId(header: string | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  const id = /^\d{1,15}$/.test(header) ? Number(header) : null;
  if (id !== null) return id;
  throw new Problem("invalid_request", "Last-Event-ID is not the id of an event of this stream.", {
    errors: [
      {
        in: "header",
        pointer: "/last-event-id",
        message: "is not the id of an event of this stream",
      },
    ],
  });
}

function endNow(res: Response): Answer {
  res.end();
  return "streamed";
}

function begin(res: Response): void {
  res.status(200).set({
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
  });
  res.flushHeaders();
  res.write(`retry: ${retryMs}\n\n`);
}

function write(
  res: Response,
  message: { event: string; id: number | undefined; data: unknown },
): void {
  const id = message.id === undefined ? "" : `id: ${message.id}\n`;
  res.write(`${id}event: ${message.event}\ndata: ${JSON.stringify(message.data)}\n\n`);
}
