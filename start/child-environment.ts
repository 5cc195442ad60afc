import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Secrets {
  readonly encryptionKeys: string;
  readonly apiKey: string;
}

function kept(dir: string, name: string, make: () => string): string {
  const file = join(dir, name);
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(file, make(), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}

/** Made once per state folder: what was encrypted with the key has to be readable after a restart. */
export function keptSecrets(dir: string): Secrets {
  return {
    encryptionKeys: kept(
      dir,
      "encryption-keys",
      () => `dev1:${randomBytes(32).toString("base64")}`,
    ),
    apiKey: kept(dir, "api-key", () => `syncline_dev_${randomBytes(24).toString("base64url")}`),
  };
}

/** Set by itself or as `NAME_FILE`. */
export function isSet(env: NodeJS.ProcessEnv, name: string): boolean {
  return Boolean(env[name]) || Boolean(env[`${name}_FILE`]);
}

/** What the pretend Slack signs its commands with, unless it is told another secret. */
export const sandboxSigningSecret = "sandbox-signing-secret";

/** The pretend providers take any client; this is the one they are asked as. */
export const sandboxClient = "sandbox";

/** A pretend Google is used as long as neither credentials nor an address name another. */
export function usesSandbox(env: NodeJS.ProcessEnv): boolean {
  return !isSet(env, "GOOGLE_CLIENT_ID") && !isSet(env, "GOOGLE_API_URL");
}

/** A pretend Notion beside it, unless a real one, or one elsewhere, is named. */
export function usesPretendNotion(env: NodeJS.ProcessEnv): boolean {
  return usesSandbox(env) && !isSet(env, "NOTION_CLIENT_ID") && !isSet(env, "NOTION_API_URL");
}

/** What names another KiotViet or Employes than the pretend ones. */
const recordsAddresses = { kiotviet: "KIOTVIET_API_URL", employes: "EMPLOYES_API_URL" } as const;

/** The business data of which a pretend provider is used. */
export function pretendRecords(env: NodeJS.ProcessEnv): (keyof typeof recordsAddresses)[] {
  if (!usesSandbox(env)) return [];
  return (["kiotviet", "employes"] as const).filter((name) => !isSet(env, recordsAddresses[name]));
}

export interface Found {
  readonly dir: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string | undefined;
  /** Whether this run started Temporal itself. */
  readonly ownTemporal: boolean;
  readonly port: number;
  readonly workerHealthPort: number;
  readonly sandboxUrl: string | undefined;
  readonly sandboxMailPort?: number;
  readonly secrets: Secrets;
}

/** What worker and API are started with: the caller's settings first, then what was found or made. */
export function childEnvironment(env: NodeJS.ProcessEnv, found: Found): NodeJS.ProcessEnv {
  const here = `http://127.0.0.1:${found.port}`;
  const publicUrl = isSet(env, "PUBLIC_URL") ? {} : { PUBLIC_URL: here };
  const defaults: Record<string, string> = {
    ...publicUrl,
    WEBHOOK_BASE_URL: env["PUBLIC_URL"] ?? here,
    DATABASE_URL: found.databaseUrl,
    TEMPORAL_ADDRESS: found.temporalAddress,
    ...(found.temporalUiUrl === undefined ? {} : { TEMPORAL_UI_URL: found.temporalUiUrl }),
    ENCRYPTION_KEYS: found.secrets.encryptionKeys,
    BOOTSTRAP_API_KEY: found.secrets.apiKey,
    ...(found.sandboxUrl === undefined ? {} : googleAddresses(found.sandboxUrl)),
    ...(found.sandboxUrl !== undefined && usesPretendNotion(env)
      ? notionAddresses(found.sandboxUrl)
      : {}),
    ...sinksOf(found),
    ...(found.sandboxUrl === undefined ? {} : recordsOf(found.sandboxUrl, pretendRecords(env))),
  };
  const unset = Object.entries(defaults).filter(([name]) => !isSet(env, name));
  return {
    ...env,
    ...Object.fromEntries(unset),
    ...(found.ownTemporal ? { TEMPORAL_CONFIG_FILE: emptyProfile(found.dir) } : {}),
    PORT: String(found.port),
    WORKER_HEALTH_PORT: String(found.workerHealthPort),
  };
}

/** A profile kept for another Temporal (keys, TLS) must not be used on the one started here. */
function emptyProfile(dir: string): string {
  const file = join(dir, "temporal.toml");
  writeFileSync(file, "[profile.default]\n");
  return file;
}

function googleAddresses(sandbox: string): Record<string, string> {
  return {
    GOOGLE_CLIENT_ID: sandboxClient,
    GOOGLE_CLIENT_SECRET: sandboxClient,
    GOOGLE_API_URL: sandbox,
    GOOGLE_AUTH_URL: `${sandbox}/o/oauth2/v2/auth`,
    GOOGLE_TOKEN_URL: `${sandbox}/token`,
    GOOGLE_REVOKE_URL: `${sandbox}/revoke`,
  };
}

function notionAddresses(sandbox: string): Record<string, string> {
  return {
    NOTION_CLIENT_ID: sandboxClient,
    NOTION_CLIENT_SECRET: sandboxClient,
    NOTION_API_URL: sandbox,
  };
}

function recordsOf(
  sandbox: string,
  pretend: readonly (keyof typeof recordsAddresses)[],
): Record<string, string> {
  const kiotviet = `${sandbox}/kiotviet`;
  return {
    ...(pretend.includes("kiotviet") && {
      KIOTVIET_API_URL: kiotviet,
      KIOTVIET_TOKEN_URL: `${kiotviet}/connect/token`,
    }),
    ...(pretend.includes("employes") && { EMPLOYES_API_URL: `${sandbox}/employes/v4` }),
  };
}

/** Where alerts may go to see what they look like: the pretend Slack, Discord, mail server and webhook. */
function sinksOf({ sandboxUrl, sandboxMailPort }: Found): Record<string, string> {
  if (sandboxUrl === undefined || sandboxMailPort === undefined) return {};
  return {
    NOTIFY_ALLOWED_HOSTS: new URL(sandboxUrl).host,
    SMTP_URL: `smtp://127.0.0.1:${sandboxMailPort}?tls=off`,
    SLACK_SIGNING_SECRET: sandboxSigningSecret,
  };
}
