import { setTimeout as sleep } from "node:timers/promises";
import { path } from "./ask.ts";
import type { Context } from "./context.ts";
import { Ended, type Exit, exits } from "./exits.ts";
import { ApiProblem } from "./problem.ts";
import { fiveNumbers, inert, numbersText } from "./print.ts";
import type { Session, SessionLog } from "./shapes.ts";
import { eventsOf } from "./sse.ts";

const pauseMs = 2_000;
const mostFailures = 30;

/**
 * Tells what a session does until it has ended, and answers it as it is then. A line that is cut is taken
 * up where it broke: nothing is told twice. Ctrl-C ends the telling and not the session.
 *
 * @throws Ended, ApiProblem
 */
export async function follow(context: Context, sessionId: string): Promise<Session> {
  const { ask, signal } = context;
  const place: Place = { after: null, ended: false };
  for (let failures = 0; !place.ended;) {
    const before = place.after;
    try {
      await listen(context, sessionId, place);
    } catch (error) {
      if (signal.aborted) throw goesOn(sessionId);
      // A refusal is an answer. Where nobody answers, the API may be starting again.
      if (!isCut(error)) throw error;
      failures = place.after === before ? failures + 1 : 0;
      if (failures >= mostFailures) throw error;
    }
    if (!place.ended)
      await sleep(pauseMs, undefined, { signal }).catch(() => Promise.reject(goesOn(sessionId)));
  }
  return ask.json<Session>("GET", path`/api/sessions/${sessionId}`);
}

interface Place {
  /** The id of the last event. */
  after: string | null;
  ended: boolean;
}

async function listen({ ask, note }: Context, sessionId: string, place: Place): Promise<void> {
  const response = await ask.open("GET", path`/api/sessions/${sessionId}/stream`, {
    headers: {
      accept: "text/event-stream",
      ...(place.after !== null && { "last-event-id": place.after }),
    },
  });
  if (!response.body) return;
  for await (const { event, data, id } of eventsOf(response.body)) {
    if (event === "log") {
      const { at, level, message } = JSON.parse(data) as SessionLog;
      note(`${at.slice(11, 19)}  ${level === "info" ? "" : `${level}: `}${inert(message)}`);
    }
    if (id !== null) place.after = id;
    if (event === "end") place.ended = true;
  }
}

/** What `fetch` says of a line that was cut, and what `ask` says of nobody who answers. */
const isCut = (error: unknown): boolean =>
  error instanceof Ended
    ? error.exit === exits.unreachable
    : error instanceof TypeError || (error instanceof ApiProblem && error.status >= 500);

const goesOn = (sessionId: string): Ended =>
  new Ended(exits.interrupted, `No longer followed; the session goes on: ${sessionId}`);

/** The last line, always with the same five numbers. */
export function endText(session: Session): string {
  const { id, status, errorCode, error } = session;
  const how = status === "error" ? `failed (${errorCode ?? "?"}: ${inert(error ?? "")})` : "done";
  return `Session ${id} ${how}: ${numbersText(fiveNumbers(session))}`;
}

export function exitOfSession(session: Session): Exit {
  return session.status === "error" || fiveNumbers(session).failed > 0 ? exits.failed : exits.done;
}
