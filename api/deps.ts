import type { Config } from "../config.ts";
import type { Registry } from "../connectors/registry.ts";
import type { Database } from "../db/client.ts";
import type { KeyRing } from "../db/secrets.ts";
import type { Log } from "../log.ts";
import type { Notifiers } from "../notifiers/index.ts";
import type { BookingRuns } from "../temporal/bookings.ts";
import type { ConnectionWorkflows } from "../temporal/connection-workflows.ts";
import type { FrontDoor } from "../temporal/front-door.ts";
import type { Schedules } from "../temporal/schedules.ts";
import type { Listener } from "./listener.ts";
import type { Metrics } from "./metrics.ts";

/** What the API is made of. Everything that reaches outside the process is here. */
export interface Deps {
  config: ApiConfig;
  log: Log;
  database: Database;
  keyRing: KeyRing;
  registry: Registry;
  frontDoor: Pick<FrontDoor, "requestSync" | "ringIn" | "signal">;
  schedules: Schedules;
  /** Starts what opens and stops channels, and what ends a connection for good. */
  workflows: ConnectionWorkflows;
  /** Starts a run of a company's bookings. */
  bookings: BookingRuns;
  listener: Listener;
  /** Sends messages to where people want to be told. */
  notifiers: Notifiers;
  /** Named checks of readiness; each throws with the reason in its message. */
  checks: Readonly<Record<string, () => Promise<void>>>;
  /** False from the moment in which the process is told to end. */
  accepting(): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told of each answered request. */
  observe?: Metrics["observe"];
}

export type ApiConfig = Pick<
  Config,
  | "PUBLIC_URL"
  | "WEBHOOK_BASE_URL"
  | "CORS_ORIGINS"
  | "WRITE_WAIT_MS"
  | "POLL_INTERVAL_MS"
  | "POLL_TICK_MS"
  | "PROVIDER_TIMEOUT_MS"
  | "PREVIEW_HOLD_MS"
  | "TEMPORAL_UI_URL"
  | "KEEP_FINISHED_WRITES_DAYS"
  | "REQUESTS_PER_MINUTE"
  | "SLACK_SIGNING_SECRET"
  | "NOTIFY_ALLOWED_HOSTS"
> & {
  /** As the client of Temporal has it: for links into its Web UI. */
  temporalNamespace: string;
};
