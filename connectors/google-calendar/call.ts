import type { calendar_v3, MethodOptions } from "googleapis/build/src/apis/calendar/index.js";
import { authorized } from "../authorized.ts";
import type { OpenConnection } from "../connector.ts";
import { Rejected } from "../errors.ts";
import { type HttpAnswer, send } from "../http.ts";
import { failureOf, type Pauses, reasonOf } from "./errors.ts";
import type { Phase } from "./recovery.ts";

/** What all calls of a connector share. */
export interface Client {
  calendar: calendar_v3.Calendar;
  apiUrl: URL;
  timeoutMs: number;
  maxBytes: number;
  pauses: Pauses;
}

/** What a call is named, what it is about and what it costs. */
export interface Call {
  name: string;
  phase: Phase;
  /** One, if not said otherwise (guide: Manage quotas). */
  units?: number;
  headers?: Record<string, string>;
}

export type Invoke = (options: MethodOptions) => Promise<unknown>;

/**
 * Carries out one call: metered, with the current token, and once more with a renewed one after a
 * 401. googleapis forms the request and `http.ts` sends it, so that deadline and size cap hold, no
 * retry is hidden, and the library's errors, which hold the request with its token, never arise.
 * @throws everything but InvalidResponse is decided by the table in `errors.ts`
 */
export async function perform(
  client: Client,
  connection: OpenConnection,
  call: Call,
  signal: AbortSignal,
  invoke: Invoke,
): Promise<HttpAnswer> {
  return authorized(connection, {
    isRefused: isRefusedToken,
    failure: (answer) => failureOf(answer, call.name, call.phase, client.pauses),
    async call(token) {
      await connection.spend(call.units ?? 1);
      const headers = { ...call.headers, Authorization: `Bearer ${token}` };
      return exchange(client, { ...call, headers }, connection.now, signal, invoke);
    },
  });
}

async function exchange(
  client: Client,
  { name, headers = {} }: Call,
  now: () => number,
  signal: AbortSignal,
  invoke: Invoke,
): Promise<HttpAnswer> {
  let outcome: Promise<HttpAnswer> | undefined;
  const adapter: NonNullable<MethodOptions["adapter"]> = (prepared) => {
    const url = relocated(prepared.url, client.apiUrl);
    const body = (prepared.body ?? null) as string | null;
    const request = {
      name,
      url,
      method: prepared.method ?? "GET",
      headers: prepared.headers,
      body,
    };
    outcome = send(request, { ...client, signal, now });
    // The library gets to see an empty answer, whatever the real one is.
    const blank = Object.assign(new Response(null), { config: prepared, data: undefined as never });
    return outcome.then(
      () => blank,
      () => blank,
    );
  };
  try {
    await invoke({ headers, retry: false, adapter });
  } catch {
    if (outcome === undefined) throw new Rejected(`${name}: the request cannot be formed`);
  }
  if (outcome === undefined) throw new Rejected(`${name}: the request was not sent`);
  return outcome;
}

/** A 401 about the address of a channel says nothing about the token. */
function isRefusedToken(answer: HttpAnswer): boolean {
  return answer.status === 401 && reasonOf(answer.text) !== "push.webhookUrlUnauthorized";
}

/** The library keeps only the origin of a changed root; this keeps its path too. */
function relocated(url: URL, apiUrl: URL): URL {
  const moved = new URL(apiUrl);
  // Set part by part: a path that begins with two slashes would be taken for another host.
  moved.pathname = apiUrl.pathname.replace(/\/+$/, "") + url.pathname;
  moved.search = url.search;
  return moved;
}
