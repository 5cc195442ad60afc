import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

interface StateFile {
  /** Asks for a save soon; many changes make one save. */
  changed(): void;
  /** Writes now if anything changed since the last save. */
  flush(): void;
}

const SAVE_DELAY_MS = 200;

export function readState(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** Saves by writing beside and renaming, so that a crash leaves the old file or the new one, never half of one. */
export function createStateFile(path: string, snapshot: () => unknown): StateFile {
  let timer: NodeJS.Timeout | undefined;
  let lastSaveMs = 0;
  const flush = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const started = performance.now();
    writeFileSync(`${path}.new`, JSON.stringify(snapshot()));
    renameSync(`${path}.new`, path);
    lastSaveMs = performance.now() - started;
  };
  return {
    flush,
    // A large state takes long to write, so it is written more rarely.
    changed: () => {
      timer ??= setTimeout(flush, Math.max(SAVE_DELAY_MS, lastSaveMs * 10));
    },
  };
}
