import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, loadConfig } from "../../config.ts";

const ENCRYPTION_KEYS = `k1:${randomBytes(32).toString("base64")}`;

test("an environment that says nothing but the keys is enough", () => {
  expect(loadConfig({ ENCRYPTION_KEYS }).PORT).toBe(3000);
});

test("every wrong value is named at once, with what was found and what is expected", () => {
  const wrong = {
    PORT: "ninety",
    PUBLIC_URL: "ftp://x",
    BRAKE_SHARE: "7",
    ENCRYPTION_KEYS: "short",
    SWEEP_INTERVAL_MS: "-1",
  };
  expect(() => loadConfig(wrong)).toThrow(ConfigError);
  try {
    loadConfig(wrong);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [];
    expect(problems.map((problem) => problem.name).toSorted()).toEqual(
      Object.keys(wrong).toSorted(),
    );
    for (const problem of problems) expect(problem.expected).not.toBe("");
  }
});

const problemsOf = (env: NodeJS.ProcessEnv): [name: string, found: string][] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ name, found }) => [name, found]);
  }
};

test("a file that is not there is one wrong value among the others", () => {
  expect(problemsOf({ ENCRYPTION_KEYS_FILE: "/nowhere/keys", PORT: "70000" })).toEqual([
    ["ENCRYPTION_KEYS_FILE", '"/nowhere/keys"'],
    ["PORT", '"70000"'],
  ]);
});

test("two keys of one id, an address that is none and a time that no timer takes are wrong values", () => {
  const env = {
    DATABASE_URL: "postgres://a:hunter2@db:99999/x",
    ENCRYPTION_KEYS: `${ENCRYPTION_KEYS},k1:${randomBytes(32).toString("base64")}`,
    PROVIDER_TIMEOUT_MS: "99999999999",
  };
  expect(problemsOf(env)).toEqual([
    ["DATABASE_URL", "a value of another shape"],
    ["ENCRYPTION_KEYS", "a value of another shape"],
    ["PROVIDER_TIMEOUT_MS", '"99999999999"'],
  ]);
});

test("hosts that notices may be sent to inside the network are for tests, not for production", () => {
  const NOTIFY_ALLOWED_HOSTS = "127.0.0.1:4010, [::1]:4010";
  expect(loadConfig({ ENCRYPTION_KEYS, NOTIFY_ALLOWED_HOSTS }).NOTIFY_ALLOWED_HOSTS).toEqual([
    "127.0.0.1:4010",
    "[::1]:4010",
  ]);
  const env = { ENCRYPTION_KEYS, NOTIFY_ALLOWED_HOSTS, NODE_ENV: "production" };
  expect(problemsOf(env).map(([name]) => name)).toEqual(["NOTIFY_ALLOWED_HOSTS"]);
  expect(problemsOf({ ENCRYPTION_KEYS, NOTIFY_ALLOWED_HOSTS: "127.0.0.1" })).toHaveLength(1);
  expect(loadConfig({ ENCRYPTION_KEYS, NODE_ENV: "production" }).NOTIFY_ALLOWED_HOSTS).toEqual([]);
});

test("what holds nothing but blanks is not set", () => {
  expect(loadConfig({ ENCRYPTION_KEYS, PORT: " ", POLL_INTERVAL_MS: "\t" })).toMatchObject({
    PORT: 3000,
    POLL_INTERVAL_MS: 900_000,
  });
});

test("a wrong secret is not repeated in the error", () => {
  const secret = "postgre://somebody:hunter2@db/x";
  expect(() => loadConfig({ ENCRYPTION_KEYS, DATABASE_URL: secret })).toThrow(/DATABASE_URL/);
  try {
    loadConfig({ ENCRYPTION_KEYS, DATABASE_URL: secret });
  } catch (error) {
    expect(String(error)).not.toContain("hunter2");
  }
});

test("a secret can be mounted as a file", () => {
  const file = join(mkdtempSync(join(tmpdir(), "syncline-config-")), "keys");
  writeFileSync(file, `${ENCRYPTION_KEYS}\n`);
  expect(loadConfig({ ENCRYPTION_KEYS_FILE: file }).ENCRYPTION_KEYS).toEqual([
    readFileSync(file, "utf8").trim(),
  ]);
});

test.each(["worker/main.ts", "api/main.ts"])(
  "%s ends at once, not with 0, when the configuration is wrong",
  (main) => {
    const { PATH = "" } = process.env;
    const run = spawnSync(process.execPath, ["--import", "tsx", main], {
      env: { PATH, PORT: "ninety", ENCRYPTION_KEYS: "short" },
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(run.status).toBe(1);
    expect(run.stderr + run.stdout).toMatch(/PORT.*[\s\S]*ENCRYPTION_KEYS/);
  },
);
