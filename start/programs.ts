import { spawn } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export type Progress = (message: string) => void;

/** Programs built or downloaded once; outside the repository, so that a fresh clone finds them too. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env["SYNCLINE_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "syncline")
  );
}

export function cachedProgram(name: string): string {
  return join(cacheFolder(), "bin", name);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function onPath(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Where Go is usually put, for shells whose PATH leaves it out. */
export function findGo(): string | undefined {
  return onPath("go") ?? ["/usr/local/go/bin/go", "/opt/homebrew/bin/go"].find(isExecutable);
}

export interface GoBuild {
  /** With its version, as `go install` takes it. */
  readonly package: string;
  /** What Go calls the result: the last part of the package's path. */
  readonly builtAs: string;
  /** What it is called in the cache. */
  readonly name: string;
  /** How long it usually takes, in words. */
  readonly usual: string;
}

/** Builds a program into the cache, saying every few seconds that it is still at it. Answers its path. */
export async function buildWithGo(build: GoBuild, onProgress: Progress): Promise<string> {
  const target = cachedProgram(build.name);
  if (existsSync(target)) return target;
  const go = findGo();
  if (go === undefined)
    throw new Error(`"go" is needed to build ${build.name} and was not found on the PATH.`);
  mkdirSync(cacheFolder(), { recursive: true });
  // Built aside and moved: half a program is never found in the cache, and two builds do not meet.
  const aside = mkdtempSync(join(cacheFolder(), "build-"));
  const began = Date.now();
  const tell = (): void =>
    onProgress(
      `building ${build.name} with Go, once: ${Math.round((Date.now() - began) / 1000)} s so far, usually ${build.usual}`,
    );
  tell();
  const ticking = setInterval(tell, 5_000);
  try {
    await install(go, build, aside);
    mkdirSync(join(cacheFolder(), "bin"), { recursive: true });
    renameSync(join(aside, build.builtAs), target);
    return target;
  } finally {
    clearInterval(ticking);
    rmSync(aside, { recursive: true, force: true });
  }
}

function install(go: string, build: GoBuild, into: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { CGO_ENABLED: "0", ...process.env, GOBIN: into };
    const child = spawn(go, ["install", build.package], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const endIt = (): unknown => child.kill();
    process.once("exit", endIt);
    const told: string[] = [];
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      told.push(text);
      if (told.length > 200) told.shift();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("exit", endIt);
      const lines = told
        .join("")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("go: downloading"));
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `go install ${build.package} failed (exit code ${code ?? "unknown"}):\n${lines.slice(-10).join("\n")}`,
          ),
        );
    });
  });
}
