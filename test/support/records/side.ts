import type { Fault } from "../google.ts";
import type { Random } from "./draw.ts";

/** What became of one record, as either log tells it: of a sensitive field only that it changed. */
export interface Entry {
  /** `stream id`. */
  item: string;
  action: "created" | "updated" | "deleted";
  fields: Record<string, { before: unknown; after: unknown } | "sensitive">;
}

/** What there is, by `stream id`. */
export type Records = Map<string, Record<string, unknown>>;

/** What is changed at most once before a session that surely sees it, so that both logs must be equal. */
export type Once = Set<string>;

/** One pretend provider as a history needs it: people who change things, trouble, and its own log. */
export interface Side {
  /** What the connection is made with. */
  readonly body: object;
  readonly streams: readonly string[];
  /** People do a few things now. */
  change(random: Random, once: Once): Promise<void>;
  /** People will do a few things between two requests of ours. */
  changeWhileRead(random: Random, once: Once): Promise<void>;
  /** What is still to be changed while we read. */
  pending(): Promise<string[]>;
  /** A fault of this history's requests alone. */
  fault(random: Random): Fault;
  /** Trouble of another kind: `relieve` ends what keeps a session from seeing everything, `settle` the rest. */
  disturb(random: Random, once: Once): Promise<void>;
  relieve(): Promise<void>;
  settle(): Promise<void>;
  /** So many sessions in which nothing happens surely see everything that has happened until now. */
  quietSessions(): number;
  log(): Promise<Entry[]>;
  state(): Promise<Records>;
}

/** How a provider's fields are called here; what is in neither list is not kept. */
export interface Names {
  content: Readonly<Record<string, string>>;
  sensitive?: Readonly<Record<string, string>>;
}

/** A control API under a path of the sandbox. @throws with the answer when it refuses */
export function controlOf(url: string, provider: string) {
  return async <T = unknown>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${url}/sandbox/${provider}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.ok) return (await response.json()) as T;
    throw new Refused(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
}

/** A person tried what cannot be done. */
class Refused extends Error {}

export function unlessRefused(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}
