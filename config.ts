import { readFileSync } from "node:fs";
import { z } from "zod";
import { shape } from "./settings.ts";

/**
 * The whole configuration: environment only, one schema, every wrong value reported at once.
 * Only `main.ts` files read it; everything else is handed what it needs. `NAME_FILE` is read in place
 * of `NAME` where a secret is mounted as a file.
 */
const schema = z.object(shape);
export type Config = z.infer<typeof schema>;

/** What each setting means, for `.env.example` and the docs. */
export const settings: Record<string, { description: string; default?: unknown }> =
  Object.fromEntries(
    Object.entries(shape).map(([name, type]) => {
      const fallback = type.safeParse(undefined);
      return [
        name,
        {
          description: type.description ?? "",
          ...(fallback.success && fallback.data !== undefined ? { default: fallback.data } : {}),
        },
      ];
    }),
  );

export interface ConfigProblem {
  name: string;
  found: string;
  expected: string;
}

export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(
      [
        "The configuration is wrong:",
        ...problems.map((p) => `  ${p.name}: found ${p.found}, expected ${p.expected}`),
      ].join("\n"),
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

const secretName = /KEY|SECRET|TOKEN_VALUE|DATABASE_URL|SMTP_URL/;

/** @throws ConfigError listing every wrong value; secrets are not repeated in it. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems = new Map<string, ConfigProblem>();
  const given: Record<string, string | undefined> = {};
  for (const name of Object.keys(shape)) {
    try {
      given[name] = read(env, name) || undefined;
    } catch {
      const file = `${name}_FILE`;
      const found = JSON.stringify(env[file]);
      problems.set(name, { name: file, found, expected: "a file that can be read" });
    }
  }
  if (env["NODE_ENV"] === "production" && given["NOTIFY_ALLOWED_HOSTS"] !== undefined) {
    const name = "NOTIFY_ALLOWED_HOSTS";
    problems.set(name, {
      name,
      found: foundIn(name, given[name]),
      expected: "nothing in production",
    });
  }
  const parsed = schema.safeParse(given);
  if (parsed.success && problems.size === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (problems.has(name)) continue;
    problems.set(name, { name, found: foundIn(name, given[name]), expected: issue.message });
  }
  throw new ConfigError([...problems.values()]);
}

function foundIn(name: string, value: string | undefined): string {
  if (value === undefined) return "nothing";
  return secretName.test(name) ? "a value of another shape" : JSON.stringify(value);
}

/** For a `main.ts`: the configuration, or every wrong value on standard error and exit code 1. */
export function configOrExit(env: NodeJS.ProcessEnv): Config {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function read(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  return (file ? readFileSync(file, "utf8") : env[name])?.trim();
}

/** What the Google connector is configured with; the redirect URI is fixed, never taken from a request. */
export function googleCalendarConfig(config: Config) {
  return {
    apiUrl: config.GOOGLE_API_URL,
    authUrl: config.GOOGLE_AUTH_URL,
    tokenUrl: config.GOOGLE_TOKEN_URL,
    revokeUrl: config.GOOGLE_REVOKE_URL,
    clientId: config.GOOGLE_CLIENT_ID,
    clientSecret: config.GOOGLE_CLIENT_SECRET,
    redirectUri:
      config.GOOGLE_REDIRECT_URI ?? new URL("/api/oauth/google/callback", config.PUBLIC_URL).href,
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    quota: { unitsPerSecond: config.GOOGLE_UNITS_PER_SECOND, burst: config.GOOGLE_UNITS_BURST },
    pauses: { shortMs: config.GOOGLE_LIMIT_PAUSE_MS, longMs: config.GOOGLE_QUOTA_PAUSE_MS },
  };
}

/** How notices are sent to people. */
export function notifiersConfig(config: Config) {
  const { SMTP_URL: url, MAIL_FROM: from, NOTIFY_ALLOWED_HOSTS: allowedHosts } = config;
  return { mail: url === undefined ? null : { url, from }, allowedHosts };
}

export function kiotvietConfig(config: Config) {
  return {
    apiUrl: config.KIOTVIET_API_URL,
    tokenUrl: config.KIOTVIET_TOKEN_URL,
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    requestsPerHour: config.KIOTVIET_REQUESTS_PER_HOUR,
    limitPauseMs: config.KIOTVIET_LIMIT_PAUSE_MS,
    overlapMs: config.KIOTVIET_OVERLAP_MS,
    pageSize: config.KIOTVIET_PAGE_SIZE,
    snapshotEveryMs: config.KIOTVIET_SNAPSHOT_EVERY_MS,
  };
}

export function employesConfig(config: Config) {
  return {
    apiUrl: config.EMPLOYES_API_URL,
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    requestsPerSecond: config.EMPLOYES_REQUESTS_PER_SECOND,
    pageSize: config.EMPLOYES_PAGE_SIZE,
    detailsMaxAgeMs: config.EMPLOYES_DETAILS_MAX_AGE_MS,
  };
}

/** What the Notion connector is configured with; without an OAuth client, nobody is asked for consent. */
export function notionConfig(config: Config) {
  const { NOTION_CLIENT_ID: clientId, NOTION_CLIENT_SECRET: clientSecret } = config;
  const redirectUri =
    config.NOTION_REDIRECT_URI ?? new URL("/api/oauth/notion/callback", config.PUBLIC_URL).href;
  return {
    apiUrl: config.NOTION_API_URL,
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    quota: {
      unitsPerSecond: config.NOTION_REQUESTS_PER_SECOND,
      burst: config.NOTION_REQUESTS_BURST,
    },
    pollIntervalMs: config.NOTION_POLL_INTERVAL_MS,
    settleMs: config.NOTION_SETTLE_MS,
    ...(clientId && clientSecret && { oauth: { clientId, clientSecret, redirectUri } }),
  };
}
