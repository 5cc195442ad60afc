import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildWithGo, cacheFolder, onPath } from "../../start/programs.ts";
import { findTemporal } from "../../start/temporal-program.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-programs-"));
  mkdirSync(join(dir, "bin"));
  vi.stubEnv("SYNCLINE_CACHE", join(dir, "cache"));
  vi.stubEnv("PATH", `${join(dir, "bin")}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  rmSync(dir, { recursive: true });
});

function program(name: string, script: string): string {
  const file = join(dir, "bin", name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const build = {
  package: "example.test/tool@v1.0.0",
  builtAs: "tool",
  name: "tool-1.0.0",
  usual: "a moment",
};

test("a program is found on the path when it can be run", () => {
  expect(onPath("tool")).toBeUndefined();
  writeFileSync(join(dir, "bin", "tool"), "not to be run");
  expect(onPath("tool")).toBeUndefined();
  const file = program("tool", "exit 0");
  expect(onPath("tool")).toBe(file);
});

test("a setting of the cache that is empty counts as unset", () => {
  expect(cacheFolder({ SYNCLINE_CACHE: "", XDG_CACHE_HOME: "" })).toBe(cacheFolder({}));
  expect(cacheFolder({ XDG_CACHE_HOME: "/cache" })).toBe("/cache/syncline");
});

test("what Go builds is kept in the cache, told while it is made, and built once", async () => {
  program("go", `echo "$@" >> ${dir}/calls; echo built > "$GOBIN/tool"`);
  const said: string[] = [];
  const target = await buildWithGo(build, (message) => said.push(message));
  expect(readFileSync(target, "utf8")).toBe("built\n");
  expect(said[0]).toContain("building tool-1.0.0 with Go, once");
  expect(said[0]).toContain("usually a moment");
  expect(await buildWithGo(build, () => undefined)).toBe(target);
  expect(readFileSync(join(dir, "calls"), "utf8")).toBe("install example.test/tool@v1.0.0\n");
});

test("a build that fails says why and leaves nothing half made", async () => {
  program("go", 'echo "go: downloading x" >&2; echo "no such module" >&2; exit 1');
  await expect(buildWithGo(build, () => undefined)).rejects.toThrow(
    /exit code 1.*\nno such module$/u,
  );
  expect(readdirSync(join(dir, "cache"))).toEqual([]);
});

test("Temporal is looked for on the path, then in the cache, then downloaded, then built", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("no network")));
  program("go", `echo "$@" >> ${dir}/calls; echo built > "$GOBIN/temporal"`);
  const said: string[] = [];
  const cached = await findTemporal((message) => said.push(message));
  expect(cached).toBe(join(dir, "cache", "bin", "temporal"));
  expect(said).toContain("the Temporal CLI could not be downloaded (no network)");
  expect(readFileSync(join(dir, "calls"), "utf8")).toContain("temporalio/cli");
  expect(await findTemporal(() => undefined)).toBe(cached);
  const onThePath = program("temporal", "exit 0");
  expect(await findTemporal(() => undefined)).toBe(onThePath);
  expect(existsSync(cached)).toBe(true);
});

test("where nothing works it says what helps", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("no network")));
  program("go", "echo offline >&2; exit 1");
  const found = findTemporal(() => undefined);
  await expect(found).rejects.toThrow("offline");
  await expect(found).rejects.toThrow("TEMPORAL_ADDRESS");
});
