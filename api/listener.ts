import pg from "pg";
import type { Log } from "../log.ts";

/**
 * One LISTEN connection per process. A notification is a doorbell: whoever hears it reads the rows
 * again. Everybody hears once after a reconnect, since notifications may have been missed.
 */
export interface Listener {
  /** Calls `heard` at each notification with this payload. Answers how to stop. */
  on(channel: string, payload: string, heard: () => void): () => void;
  close(): Promise<void>;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;
const pulseMs = 15_000;

export function openListener(databaseUrl: string, channels: readonly string[], log: Log): Listener {
  const ears = new Map<string, Set<() => void>>();
  let client: pg.Client | null = null;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let pause = firstPauseMs;

  const tell = (key: string) => {
    for (const heard of ears.get(key) ?? []) heard();
  };
  const again = (err: unknown) => {
    if (closed || retry) return;
    log.warn({ err }, "the LISTEN connection was lost; connecting again");
    client = null;
    retry = setTimeout(() => void connect(), pause);
    pause = Math.min(longestPauseMs, pause * 2);
  };
  const connect = async () => {
    retry = undefined;
    const next = new pg.Client({
      connectionString: databaseUrl,
      application_name: "syncline listener",
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      keepAlive: true,
    });
    next.on("error", (err) => (client === next || client === null) && again(err));
    next.on("end", () => client === next && again(new Error("the connection ended")));
    next.on("notification", ({ channel, payload }) => tell(`${channel}:${payload}`));
    try {
      await next.connect();
      for (const channel of channels) await next.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      if (closed) return await next.end();
      client = next;
      pause = firstPauseMs;
      for (const key of ears.keys()) tell(key);
    } catch (err) {
      next.end().catch(() => {});
      again(err);
    }
  };
  // A connection whose other end has vanished without a word shows itself only when it is used.
  const pulse = setInterval(() => {
    const now = client;
    now?.query("select 1").catch((err: unknown) => {
      now.end().catch(() => {});
      if (client === now) again(err);
    });
  }, pulseMs);
  pulse.unref();
  void connect();

  return {
    on(channel, payload, heard) {
      const key = `${channel}:${payload}`;
      const known = ears.get(key) ?? new Set();
      ears.set(key, known.add(heard));
      return () => {
        known.delete(heard);
        if (known.size === 0 && ears.get(key) === known) ears.delete(key);
      };
    },
    async close() {
      closed = true;
      clearInterval(pulse);
      clearTimeout(retry);
      const last = client;
      client = null;
      await last?.end();
    },
  };
}
