import { authorized } from "../authorized.ts";
import type { OpenConnection } from "../connector.ts";
import { type HttpAnswer, send } from "../http.ts";
import { failureOf } from "./errors.ts";
import type { Phase } from "./recovery.ts";

/** What all calls of a connector share. */
export interface Access {
  /** `https://connect.employes.nl/v4`, or where a stand-in for it listens. */
  apiUrl: string;
  timeoutMs: number;
  maxBytes: number;
}

export interface Call {
  /** How errors name it. */
  name: string;
  phase: Phase;
  path: string;
  query?: Readonly<Record<string, string>>;
}

/**
 * Carries out one call: metered, with the current token, and once more with a newer one after a 401, for
 * a person may have entered one meanwhile. Nothing is ever written (reference: 9).
 * @throws everything but InvalidResponse is decided by `recovery.ts`
 */
export async function perform(
  access: Access,
  connection: OpenConnection,
  call: Call,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return authorized(connection, {
    failure: (answer) => failureOf(answer, call.name, call.phase),
    async call(token) {
      await connection.spend(1);
      const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };
      const request = { name: call.name, url: urlOf(access, call), method: "GET", headers };
      return send(request, { ...access, signal, now: () => connection.now() });
    },
  });
}

function urlOf({ apiUrl }: Access, { path, query = {} }: Call): URL {
  const url = new URL(apiUrl.replace(/\/+$/, "") + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
