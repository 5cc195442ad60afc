import { authorized } from "../authorized.ts";
import type { OpenConnection } from "../connector.ts";
import { type HttpAnswer, send } from "../http.ts";
import { failureOf, wordOf } from "./errors.ts";
import type { Phase } from "./recovery.ts";

/** What all calls of a connector share. */
export interface Access {
  /** `https://public.kiotapi.com`, or where a stand-in for it listens. */
  apiUrl: string;
  timeoutMs: number;
  maxBytes: number;
  /** How long a limit is waited out where KiotViet does not say. */
  limitPauseMs: number;
}

export interface Call {
  /** How errors name it. */
  name: string;
  phase: Phase;
  method?: "GET" | "POST" | "DELETE";
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: object;
}

/**
 * Carries out one call: metered, with the current token, and once more with a renewed one after that
 * was refused (reference: 7). @throws everything but InvalidResponse is decided by `recovery.ts`
 */
export async function perform(
  access: Access,
  connection: OpenConnection,
  call: Call,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return authorized(connection, {
    isRefused: isTokenRefused,
    failure: (answer) => failureOf(answer, call.name, call.phase, access.limitPauseMs),
    async call(token) {
      await connection.spend(1);
      const request = requestOf(access, call, headersOf(connection, token, call));
      return send(request, { ...access, signal, now: connection.now });
    },
  });
}

/** That 401 is the status of it is assumed in the reference; the word is seen. */
function isTokenRefused({ status, text }: HttpAnswer): boolean {
  return status === 401 || (status === 400 && wordOf(text) === "TokenException");
}

function headersOf({ settings }: OpenConnection, token: string, { body }: Call): HeadersInit {
  return {
    Accept: "application/json",
    Authorization: `Bearer ${token}`,
    Retailer: settings["retailer"] ?? "",
    ...(body && { "Content-Type": "application/json" }),
  };
}

function requestOf({ apiUrl }: Access, call: Call, headers: HeadersInit) {
  const url = new URL(apiUrl.replace(/\/+$/, "") + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  const { name, method = "GET", body } = call;
  return { name, url, method, headers, body: body === undefined ? null : JSON.stringify(body) };
}
