import pg from "pg";
import type { Database } from "../db/client.ts";
import { ringOnce } from "../db/rings.ts";
import type { Log } from "../log.ts";
import type { FrontDoor } from "../temporal/front-door.ts";

const reconnectMs = 1_000;

/**
 * Rings for events that any program has written: the triggers notify with `company:connection`. What
 * was missed before it listened, or while the connection was down, is caught up with.
 */
export function listenForWrites(deps: {
  url: string;
  db: Database;
  door: FrontDoor;
  log: Log;
  catchUp(): Promise<void>;
}): { stop(): Promise<void> } {
  let client: pg.Client | null = null;
  let stopped = false;

  const heard = async (payload: string): Promise<void> => {
    const [companyId, connectionId] = payload.split(":");
    if (!companyId || !connectionId) return;
    const ref = { companyId, connectionId };
    const rung = await deps.db.withCompany(companyId, (tx) =>
      ringOnce(tx, { ...ref, trigger: "api", by: "database" }),
    );
    if (rung?.signal) deps.door.signal(ref);
  };

  const connect = async (): Promise<void> => {
    if (stopped) return;
    const next = new pg.Client({
      connectionString: deps.url,
      keepAlive: true,
      application_name: "syncline-listener",
    });
    client = next;
    next.on("notification", ({ payload }) => {
      heard(payload ?? "").catch((err: unknown) =>
        deps.log.warn({ err }, "a ring was missed; the sweep will find it"),
      );
    });
    next.on("error", (err) => deps.log.warn({ err }, "the listening connection was lost"));
    next.on("end", () => void setTimeout(() => void connect(), reconnectMs));
    try {
      await next.connect();
      await next.query("listen syncline_ring");
      await deps.catchUp();
    } catch (err) {
      deps.log.warn({ err }, "cannot listen to the database, or catch up with it, yet");
      await next.end().catch(() => undefined);
    }
  };

  void connect();
  return {
    stop: async () => {
      stopped = true;
      await client?.end().catch(() => undefined);
    },
  };
}
