import { Ended, exits } from "./exits.ts";
import type { Place } from "./place.ts";
import { ApiProblem, readProblem } from "./problem.ts";

export interface Asking {
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** How long the beginning of an answer is waited for; half a minute, if nothing is said. */
  patienceMs?: number;
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Asks the API. Paths are ours; ids in them are escaped by whoever makes the path (`path`). */
export interface Ask {
  /** @throws ApiProblem, Ended where nobody answers */
  json<T>(method: Method, path: string, asking?: Asking): Promise<T>;
  /** The answer itself, for what is read while it comes. @throws as `json` */
  open(method: Method, path: string, asking?: Asking): Promise<Response>;
}

/** An address with its ids escaped: `path\`/api/sessions/${id}\``. */
export function path(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return parts.reduce((all, part, at) => `${all}${encodeURIComponent(ids[at - 1] ?? "")}${part}`);
}

export function createAsk(place: Place, signal: AbortSignal, send: typeof fetch = fetch): Ask {
  const open: Ask["open"] = async (method, to, asking = {}) => {
    const url = new URL(place.url + to);
    for (const [name, value] of Object.entries(asking.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const response = await begun(
      send,
      url,
      {
        method,
        // A key is not carried on to wherever somebody else points.
        redirect: "error",
        headers: {
          accept: "application/json",
          authorization: `Bearer ${place.key}`,
          ...(asking.body !== undefined && { "content-type": "application/json" }),
          ...asking.headers,
        },
        ...(asking.body !== undefined && { body: JSON.stringify(asking.body) }),
      },
      { signal, patienceMs: asking.patienceMs ?? 30_000 },
    );
    if (!response.ok) throw new ApiProblem(response.status, readProblem(await response.text()));
    return response;
  };
  return {
    open,
    async json(method, to, asking) {
      const text = await (await open(method, to, asking)).text();
      try {
        return text === "" ? undefined : JSON.parse(text);
      } catch {
        throw new Ended(exits.failed, `${place.url} does not answer as Syncline's API does.`);
      }
    },
  };
}

/** The deadline is for the beginning alone: an answer may go on for hours. @throws Ended */
async function begun(
  send: typeof fetch,
  url: URL,
  init: RequestInit,
  { signal, patienceMs }: { signal: AbortSignal; patienceMs: number },
): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patienceMs);
  try {
    return await send(url, { ...init, signal: AbortSignal.any([signal, late.signal]) });
  } catch (cause) {
    if (signal.aborted) throw new Ended(exits.interrupted, "Interrupted.");
    const why = late.signal.aborted
      ? `has not answered within ${patienceMs / 1000} s`
      : "is not reached";
    const hint = "Is it running (npm start)? Another one is named by --api or SYNCLINE_API_URL.";
    throw Object.assign(new Ended(exits.unreachable, `${url.origin} ${why}. ${hint}`), { cause });
  } finally {
    clearTimeout(timer);
  }
}
