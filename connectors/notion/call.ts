import { Client } from "@notionhq/client";
import { authorized } from "../authorized.ts";
import type { OpenConnection } from "../connector.ts";
import { Rejected } from "../errors.ts";
import { type HttpAnswer, type HttpRequest, send } from "../http.ts";
import { failureOf } from "./errors.ts";
import type { Phase } from "./recovery.ts";

/** What all calls of a connector share. */
export interface Access {
  /** `https://api.notion.com`, or where a stand-in for it listens. */
  apiUrl: string;
  timeoutMs: number;
  maxBytes: number;
}

/** What errors name the call, and what it is about. */
export interface Call {
  name: string;
  phase: Phase;
}

export type Invoke = (client: Client) => Promise<unknown>;

/**
 * Carries out one call: metered, with the current token, and once more with a renewed one after a
 * 401. The official client forms the request and `http.ts` sends it, so that deadline and size cap
 * hold, no retry is hidden, and the library's errors, which hold answers, never arise.
 * @throws everything but InvalidResponse is decided by the table in `recovery.ts`
 */
export async function perform(
  access: Access,
  connection: OpenConnection,
  call: Call,
  signal: AbortSignal,
  invoke: Invoke,
): Promise<HttpAnswer> {
  const limits = { ...access, signal, now: connection.now };
  return authorized(connection, {
    failure: (answer) => failureOf(answer, call.name, call.phase),
    async call(token) {
      await connection.spend(1);
      return exchange(access, call, token, invoke, (request) => send(request, limits));
    },
  });
}

async function exchange(
  { apiUrl }: Access,
  { name }: Call,
  token: string,
  invoke: Invoke,
  sent: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  let outcome: Promise<HttpAnswer> | undefined;
  const client = new Client({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ""),
    notionVersion: "2025-09-03",
    retry: false,
    logger: () => {},
    fetch: async (url, { method = "GET", headers = {}, body } = {}) => {
      outcome = sent({ name, url, method, headers, body: body ?? null });
      await outcome.catch(() => {});
      // The library gets to see an empty answer, whatever the real one is.
      return { ok: true, status: 200, headers: {}, text: async () => "{}" };
    },
  });
  try {
    await invoke(client);
  } catch {
    if (outcome === undefined) throw new Rejected(`${name}: the request cannot be formed`);
  }
  if (outcome === undefined) throw new Rejected(`${name}: the request was not sent`);
  return outcome;
}
