import { execFile } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import {
  buildWithGo,
  cachedProgram,
  cacheFolder,
  findGo,
  onPath,
  type Progress,
} from "./programs.ts";

const run = promisify(execFile);

/** The newest that `go install` takes: later ones depend on a module that is not published. */
const goPackage = "github.com/temporalio/cli/cmd/temporal@v1.5.1";

/** Finds the `temporal` program, or gets it: the quickest way first. */
export async function findTemporal(onProgress: Progress): Promise<string> {
  const found = knownTemporal();
  if (found !== undefined) return found;
  try {
    return await download(onProgress);
  } catch (error) {
    onProgress(`the Temporal CLI could not be downloaded (${reason(error)})`);
  }
  if (findGo() === undefined)
    throw new Error(whatHelps("Temporal was not found and could not be fetched."));
  try {
    return await buildWithGo(
      { package: goPackage, builtAs: "temporal", name: "temporal", usual: "3 to 6 minutes" },
      onProgress,
    );
  } catch (error) {
    throw new Error(whatHelps(`Temporal was not found, and ${reason(error)}`), { cause: error });
  }
}

function whatHelps(problem: string): string {
  return [
    problem,
    "One of these helps:",
    '  - install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on the PATH;',
    "  - set TEMPORAL_ADDRESS to a Temporal server that runs already;",
    `  - install Go (https://go.dev/dl), and this command builds the CLI from ${goPackage};`,
    `  - put the program at ${cachedProgram("temporal")};`,
    "  - set SYNCLINE_CACHE to a folder that can be written, if that one cannot.",
  ].join("\n");
}

/** On the path, or fetched before; undefined when it would have to be fetched. */
export function knownTemporal(): string | undefined {
  const cached = cachedProgram("temporal");
  return onPath("temporal") ?? (existsSync(cached) ? cached : undefined);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function downloadAddress(): string {
  const machine = arch() === "x64" ? "amd64" : arch();
  return `https://temporal.download/cli/archive/latest?platform=${platform()}&arch=${machine}`;
}

async function download(onProgress: Progress): Promise<string> {
  onProgress("looking for the Temporal CLI at temporal.download");
  const aborting = new AbortController();
  // Without a network this has to give up at once; once data flows it may take longer.
  const connecting = setTimeout(() => aborting.abort(new Error("no answer within 5 s")), 5_000);
  const response = await fetch(downloadAddress(), { signal: aborting.signal }).finally(() =>
    clearTimeout(connecting),
  );
  if (!response.ok || response.body === null) throw new Error(`answered ${response.status}`);
  mkdirSync(join(cacheFolder(), "bin"), { recursive: true });
  const aside = mkdtempSync(join(cacheFolder(), "download-"));
  const began = Date.now();
  const ticking = setInterval(
    () =>
      onProgress(
        `downloading the Temporal CLI: ${Math.round((Date.now() - began) / 1000)} s so far, usually under a minute`,
      ),
    5_000,
  );
  const tooLong = setTimeout(() => aborting.abort(new Error("not done after 5 minutes")), 300_000);
  try {
    const archive = join(aside, "temporal.tar.gz");
    await pipeline(response.body, createWriteStream(archive));
    await run("tar", ["-xzf", archive, "-C", aside]);
    await run(join(aside, "temporal"), ["--version"]);
    renameSync(join(aside, "temporal"), cachedProgram("temporal"));
    return cachedProgram("temporal");
  } finally {
    clearInterval(ticking);
    clearTimeout(tooLong);
    rmSync(aside, { recursive: true, force: true });
  }
}
