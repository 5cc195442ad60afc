import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "./programs.ts";
import { currentRun, leftBehind } from "./lock.ts";
import { describeProcess } from "./os-process.ts";
import { stateFolder } from "./paths.ts";
import { pointedDataDir } from "./postgres-cluster.ts";

/** A program that outlived its starter would go on writing into a folder that is gone. */
function stillServing(dir: string, dataDir: string): number | undefined {
  const files = [join(dataDir, "postmaster.pid"), join(dir, "temporal.pid")];
  const pids = files
    .filter((file) => existsSync(file))
    .map((file) => Number.parseInt(readFileSync(file, "utf8"), 10));
  const server = pids.find((pid) => {
    const command = describeProcess(pid)?.command ?? "";
    return command.includes(dataDir) || command.includes(dir);
  });
  return server ?? leftBehind(dir)[0]?.[1].pid;
}

function reset(dir: string): void {
  const running = currentRun(dir);
  if (running !== undefined)
    throw new Error(`${running.message}\nEnd it first (Ctrl-C where it runs).`);
  const pointed = pointedDataDir(dir);
  const pid = stillServing(dir, pointed ?? join(dir, "postgres"));
  if (pid !== undefined)
    throw new Error(
      `A run that was killed left a program behind that still works on ${dir} (process ${pid}). The next "npm start" ends it.`,
    );
  const folders = [dir, ...(pointed === undefined ? [] : [dirname(pointed)])].filter((folder) =>
    existsSync(folder),
  );
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  console.log(
    folders.length === 0 ? "There was no state to clear." : `Cleared ${folders.join(" and ")}.`,
  );
  console.log(`Programs in ${cacheFolder()} are kept.`);
}

if (process.argv.includes("--help")) {
  console.log(
    'npm run reset: clears the state that "npm start" keeps (.syncline/, or SYNCLINE_STATE).',
  );
} else {
  try {
    reset(stateFolder());
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
