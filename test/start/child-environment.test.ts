import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import { loadConfig } from "../../config.ts";
import {
  childEnvironment,
  keptSecrets,
  usesPretendNotion,
  usesSandbox,
  type Found,
} from "../../start/child-environment.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-env-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function found(more: Partial<Found> = {}): Found {
  return {
    dir,
    databaseUrl: "postgres://postgres:x@127.0.0.1:5432/syncline",
    temporalAddress: "127.0.0.1:7233",
    temporalUiUrl: "http://127.0.0.1:8233",
    ownTemporal: true,
    port: 3001,
    workerHealthPort: 4020,
    sandboxUrl: "http://127.0.0.1:4010",
    secrets: keptSecrets(dir),
    ...more,
  };
}

test("the secrets are made once, readable by their owner only, and the configuration takes them", () => {
  const secrets = keptSecrets(dir);
  expect(keptSecrets(dir)).toEqual(secrets);
  for (const file of ["encryption-keys", "api-key"])
    expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
  const config = loadConfig(childEnvironment({}, found()));
  expect(config).toMatchObject({
    PORT: 3001,
    PUBLIC_URL: "http://127.0.0.1:3001",
    WEBHOOK_BASE_URL: "http://127.0.0.1:3001",
    GOOGLE_API_URL: "http://127.0.0.1:4010",
    GOOGLE_TOKEN_URL: "http://127.0.0.1:4010/token",
    BOOTSTRAP_API_KEY: secrets.apiKey,
  });
});

test("what the caller sets stays, also when it is set as a file", () => {
  const env = childEnvironment(
    { PUBLIC_URL: "https://sync.example", ENCRYPTION_KEYS_FILE: "/run/keys" },
    found(),
  );
  expect(env).toMatchObject({
    PUBLIC_URL: "https://sync.example",
    WEBHOOK_BASE_URL: "https://sync.example",
  });
  expect(env["ENCRYPTION_KEYS"]).toBeUndefined();
});

test("with credentials or the address of another Google nothing points at the sandbox", () => {
  expect(usesSandbox({ GOOGLE_CLIENT_ID: "real" })).toBe(false);
  expect(usesSandbox({ GOOGLE_API_URL: "http://127.0.0.1:9" })).toBe(false);
  expect(usesSandbox({ GOOGLE_API_URL_FILE: "/run/url" })).toBe(false);
  expect(usesSandbox({})).toBe(true);
  const env = childEnvironment({ GOOGLE_CLIENT_ID: "real" }, found({ sandboxUrl: undefined }));
  expect(Object.keys(env).filter((name) => name.startsWith("GOOGLE_"))).toEqual([
    "GOOGLE_CLIENT_ID",
  ]);
});

test("a Temporal profile of the person is not used on the server that was started here", () => {
  const own = childEnvironment({}, found());
  vi.stubEnv("TEMPORAL_CONFIG_FILE", own["TEMPORAL_CONFIG_FILE"]);
  expect(loadClientConnectConfig().connectionOptions.apiKey).toBeUndefined();
  vi.unstubAllEnvs();
  const theirs = childEnvironment(
    { TEMPORAL_ADDRESS: "cloud.example:7233" },
    found({ ownTemporal: false }),
  );
  expect(theirs["TEMPORAL_CONFIG_FILE"]).toBeUndefined();
  expect(theirs["TEMPORAL_ADDRESS"]).toBe("cloud.example:7233");
});

test("Notion is the pretend one beside the pretend Google, unless it is named itself", () => {
  expect(childEnvironment({}, found())).toMatchObject({
    NOTION_API_URL: "http://127.0.0.1:4010",
    NOTION_CLIENT_ID: "sandbox",
  });
  for (const named of [
    { NOTION_CLIENT_ID: "real" },
    { NOTION_API_URL_FILE: "/run/url" },
    { GOOGLE_CLIENT_ID: "real" },
  ])
    expect(usesPretendNotion(named)).toBe(false);
  const env = childEnvironment({ NOTION_CLIENT_ID: "real" }, found());
  expect(env).toMatchObject({ GOOGLE_API_URL: "http://127.0.0.1:4010", NOTION_CLIENT_ID: "real" });
  expect(env).not.toHaveProperty("NOTION_API_URL");
});
