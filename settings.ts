import { z } from "zod";

const url = z.url({ protocol: /^https?$/, error: "an http(s) address" });
const aPort = "a port number, 0 to 65535";
const port = z.coerce.number({ error: aPort }).int(aPort).min(0, aPort).max(65_535, aPort);
/** Timers take no more; one that is asked for more fires at once. */
const longestTimerMs = 2_147_483_647;
const ms = (fallback: number, most = longestTimerMs) =>
  z.coerce
    .number({ error: "a whole number of milliseconds" })
    .int("a whole number of milliseconds")
    .min(0, "0 or more milliseconds")
    .max(most, `at most ${most} milliseconds`)
    .default(fallback);
const count = (fallback: number) =>
  z.coerce
    .number({ error: "a whole number" })
    .int("a whole number")
    .min(1, "1 or more")
    .default(fallback);
const smtpAddress = "an smtp:// or smtps:// address";
const minutes = 60_000;
const hours = 60 * minutes;
const year = 365 * 24 * hours;
const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const keys =
  "`id:base64` of 32 random bytes, several separated by commas, each id once, the current one first";
const keyRing = z
  .string(keys)
  .transform((text) => text.split(",").map((part) => part.trim()))
  .pipe(z.array(z.string().regex(/^[\w-]+:[A-Za-z0-9+/]{43}=$/, keys)))
  .refine((ring) => new Set(ring.map((key) => key.split(":")[0])).size === ring.length, keys);

/** Every setting: its default, what it may be, and what it means in a sentence. */
export const shape = {
  PORT: port.default(3000).describe("Port of the API."),
  HOST: z.string().default("127.0.0.1").describe("Address that servers bind to."),
  PUBLIC_URL: url
    .default("http://127.0.0.1:3000")
    .describe("Where people and providers reach the API."),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "a postgres:// address")
    .refine(URL.canParse, "a postgres:// address")
    .default("postgres://postgres@127.0.0.1:5432/syncline")
    .describe(
      "Postgres, as a role that may create roles and tables; work is done as narrower roles.",
    ),
  DATABASE_POOL: count(10).describe("Connections to Postgres per process."),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:/]+:\d+$/, "host:port")
    .default("127.0.0.1:7233")
    .describe("Temporal's frontend. Everything else of @temporalio/envconfig is honoured too."),
  TEMPORAL_UI_URL: url
    .default("http://127.0.0.1:8233")
    .describe("Temporal's Web UI, for links from sync sessions."),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default("syncline").describe("Task queue of the worker."),
  ENCRYPTION_KEYS: keyRing.describe(
    "Keys for secrets at rest, `id:base64` of 32 bytes; several separated by commas, current first.",
  ),
  AUTH_SECRET: z
    .string()
    .min(32, "at least 32 characters")
    .optional()
    .describe("Kept for people's sign-in, which is not there yet: nothing reads it."),
  BOOTSTRAP_API_KEY: z
    .string()
    .min(20, "at least 20 characters")
    .optional()
    .describe("The first owner's API key, for automation. Stored hashed."),
  GOOGLE_CLIENT_ID: z.string().min(1).default("sandbox").describe("OAuth client of Google."),
  GOOGLE_CLIENT_SECRET: z.string().min(1).default("sandbox").describe("Its secret."),
  GOOGLE_REDIRECT_URI: url
    .optional()
    .describe("Fixed redirect URI; PUBLIC_URL + /api/oauth/google/callback if unset."),
  GOOGLE_API_URL: url.default("https://www.googleapis.com").describe("Google's API."),
  GOOGLE_AUTH_URL: url
    .default("https://accounts.google.com/o/oauth2/v2/auth")
    .describe("Google's consent page."),
  GOOGLE_TOKEN_URL: url
    .default("https://oauth2.googleapis.com/token")
    .describe("Google's token endpoint."),
  GOOGLE_REVOKE_URL: url
    .default("https://oauth2.googleapis.com/revoke")
    .describe("Google's revocation endpoint."),
  WEBHOOK_BASE_URL: url
    .optional()
    .describe("Where providers reach our webhooks; PUBLIC_URL if unset."),
  CORS_ORIGINS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(url))
    .describe("Browser origins that may call the API, separated by commas."),
  REQUESTS_PER_MINUTE: count(6_000).describe(
    "Requests to the API that one key, or one address without a key, may make in a minute.",
  ),
  METRICS_PORT: port.default(0).describe("Port of the API's /metrics; 0 switches it off."),
  WORKER_HEALTH_PORT: port
    .default(0)
    .describe("Port of the worker's /healthz, /readyz and /metrics; 0 switches it off."),
  LOG_LEVEL: z
    .enum(levels, `one of ${levels.join(", ")}`)
    .default("info")
    .describe("How much is logged."),
  POLL_INTERVAL_MS: ms(15 * minutes).describe(
    "How often a connection is polled besides its webhooks, where its provider has no interval of its own.",
  ),
  POLL_TICK_MS: ms(30_000).describe("How often due polls are looked for."),
  SWEEP_INTERVAL_MS: ms(5 * minutes).describe(
    "How often rings and queue rows that were left are picked up.",
  ),
  BOOKINGS_INTERVAL_MS: ms(30 * minutes).describe(
    "How often the rules of every company make and cancel bookings, and its calendars are imported.",
  ),
  LINGER_MS: ms(3_000).describe("How long a workflow waits for another ring before it ends."),
  SESSION_SPACING_MIN_MS: ms(1_000).describe(
    "First pause between sessions of one connection in a storm.",
  ),
  SESSION_SPACING_MAX_MS: ms(30_000).describe(
    "Longest pause between sessions of one connection in a storm.",
  ),
  ACTIVITY_BUDGET_MS: ms(20_000).describe(
    "How long one activity works before it reports and is called again.",
  ),
  LOCAL_ACTIVITY_BUDGET_MS: ms(3_000).describe(
    "How long the first step of a delta may take in a local activity.",
  ),
  PROVIDER_TIMEOUT_MS: ms(30_000).describe("Deadline of one call to a provider."),
  CHANNEL_TTL_MS: ms(7 * 24 * hours, year).describe("Wished life of a push channel."),
  CHANNEL_RENEW_BEFORE_MS: ms(36 * hours, year).describe(
    "How long before its end a channel is replaced.",
  ),
  CHANNEL_OVERLAP_MS: ms(10 * minutes).describe(
    "How long the old channel is still heard after a new one opened.",
  ),
  PREVIEW_HOLD_MS: ms(15 * minutes, year).describe(
    "How long a preview that was asked for waits for a person, and sessions with it.",
  ),
  WRITE_WAIT_MS: ms(5_000).describe(
    "How long POST /api/events waits for the providers before it says pending.",
  ),
  RETRY_MIN_MS: ms(1_000).describe("First pause before something that failed is tried again."),
  RETRY_MAX_MS: ms(5 * minutes).describe("Longest pause between such tries."),
  WRITE_ATTEMPTS: count(8).describe("Tries of one queued write before it rests as failed."),
  REMIND_AFTER_MS: ms(24 * hours).describe(
    "How long a conflict or a plan waits for a person before the first reminder; each pause after it is twice as long, up to a week.",
  ),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, smtpAddress)
    .refine(URL.canParse, smtpAddress)
    .optional()
    .describe(
      "Mail server for notices, smtp://user:password@host:587 (STARTTLS is insisted on, `?tls=off` lets it go) or smtps://…:465; without one no mail is sent.",
    ),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*@[\w.-]+>?$/, "a mail address")
    .default("Syncline <noreply@localhost>")
    .describe("Sender of mails."),
  NOTIFY_ALLOWED_HOSTS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z
          .string()
          .regex(/^(\[[\da-f:]+\]|[^\s:/]+):\d+$/, "host:port, several separated by commas"),
      ),
    )
    .describe(
      "For sandboxes and tests: `host:port` of targets that notices may be sent to without TLS and inside the network. Refused where NODE_ENV is production.",
    ),
  SLACK_SIGNING_SECRET: z
    .string()
    .min(16, "at least 16 characters")
    .optional()
    .describe(
      "Signing secret of the Slack app whose command /sync calls POST /api/slack/commands; without one the command is off.",
    ),
  NOTIFY_GIVE_UP_MS: ms(24 * hours, year).describe(
    "How long a notice is tried to be sent to a target that does not take it.",
  ),
  DIGEST_ABOVE: count(5).describe(
    "Notices that may wait for one target before they are sent as one message.",
  ),
  ALERT_TICK_MS: ms(20_000).describe(
    "How often connections are looked at for what people have to be told.",
  ),
  BRAKE_COUNT: count(10).describe("Deletions within 24 hours that never need a person."),
  BRAKE_SHARE: z.coerce
    .number({ error: "a number between 0 and 1" })
    .min(0)
    .max(1)
    .default(0.2)
    .describe(
      "Share of a connection's links that may be deleted within 24 hours without a person.",
    ),
  GOOGLE_UNITS_PER_SECOND: z.coerce
    .number({ error: "a number above 0" })
    .positive("a number above 0")
    .default(9.5)
    .describe(
      "Quota units a second and account (Google allows 600 a minute; a PATCH costs three).",
    ),
  GOOGLE_UNITS_BURST: count(25).describe(
    "Quota units that may be spent at once after a quiet time.",
  ),
  GOOGLE_LIMIT_PAUSE_MS: ms(10_000).describe(
    "Pause after a limit by the minute, where Google names none.",
  ),
  GOOGLE_QUOTA_PAUSE_MS: ms(1 * hours).describe(
    "Pause after a limit that lasts (quotaExceeded), where Google names none.",
  ),
  NOTION_API_URL: url.default("https://api.notion.com").describe("Notion's API."),
  NOTION_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe("OAuth client of Notion; without one, only tokens of internal connections work."),
  NOTION_CLIENT_SECRET: z.string().min(1).optional().describe("Its secret."),
  NOTION_REDIRECT_URI: url
    .optional()
    .describe("Fixed redirect URI; PUBLIC_URL + /api/oauth/notion/callback if unset."),
  NOTION_REQUESTS_PER_SECOND: z.coerce
    .number({ error: "a number above 0" })
    .positive("a number above 0")
    .default(2.8)
    .describe("Requests a second and connection (Notion allows 3 on average)."),
  NOTION_REQUESTS_BURST: count(10).describe(
    "Requests that may be made at once after a quiet time.",
  ),
  NOTION_SETTLE_MS: ms(15_000).describe(
    "How long a search of Notion's that does not find a page made just now is not believed.",
  ),
  NOTION_POLL_INTERVAL_MS: ms(90_000).describe("How often a connection to Notion is polled."),
  KIOTVIET_API_URL: url.default("https://public.kiotapi.com").describe("KiotViet's API."),
  KIOTVIET_TOKEN_URL: url
    .default("https://id.kiotviet.vn/connect/token")
    .describe("KiotViet's token endpoint."),
  KIOTVIET_REQUESTS_PER_HOUR: count(5_000).describe(
    "Requests an hour and shop (KiotViet allows 5,000), shared by all its schedules.",
  ),
  KIOTVIET_LIMIT_PAUSE_MS: ms(1 * minutes).describe("Pause after a limit of KiotViet's."),
  KIOTVIET_OVERLAP_MS: ms(5 * minutes).describe(
    "How far a look for changes reaches back into the one before.",
  ),
  KIOTVIET_PAGE_SIZE: count(100).describe("Rows of one request (KiotViet gives at most 100)."),
  KIOTVIET_SNAPSHOT_EVERY_MS: ms(7 * 24 * hours, year).describe(
    "How old the last whole listing may grow before everything is listed again.",
  ),
  EMPLOYES_API_URL: url.default("https://connect.employes.nl/v4").describe("Employes' API."),
  EMPLOYES_REQUESTS_PER_SECOND: z.coerce
    .number({ error: "a number above 0" })
    .positive("a number above 0")
    .default(4)
    .describe("Requests a second and token (Employes allows 5)."),
  EMPLOYES_PAGE_SIZE: count(100).describe("Rows of one request (more than 100 is not confirmed)."),
  EMPLOYES_DETAILS_MAX_AGE_MS: ms(7 * 24 * hours, year).describe(
    "How old an employee's history may grow before it is read again although nothing says that it changed.",
  ),
  KEEP_FINISHED_WRITES_DAYS: count(7).describe("Days that finished queue rows are kept."),
  KEEP_LOGS_DAYS: count(90).describe(
    "Days that sync sessions with their logs, settled plans and notices are kept.",
  ),
  KEEP_TRAIL_DAYS: count(400).describe(
    "Days that the trail is kept: which side changed what, when, by which rule. What is gone from it cannot be undone.",
  ),
  KEEP_DELETED_DAYS: count(90).describe(
    "Days that deleted events are kept before they are purged.",
  ),
  CRASH_AT: z
    .string()
    .optional()
    .describe(
      "For tests: `point:n` ends the worker with SIGKILL at the n-th passing of a crash point.",
    ),
} as const;
