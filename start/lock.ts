import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { withFileLock } from "./file-lock.ts";
import { endProcess, isRunning, refTo, type ProcessRef } from "./os-process.ts";

const processRef = z.object({ pid: z.number(), startedAt: z.string() });
const runRecord = z.object({
  main: processRef,
  addresses: z.record(z.string(), z.string()),
  children: z.record(z.string(), processRef),
});
type RunRecord = z.infer<typeof runRecord>;

export class AlreadyRunning extends Error {
  readonly addresses: Readonly<Record<string, string>>;

  constructor(record: RunRecord) {
    const known = Object.entries(record.addresses).map(
      ([name, address]) => `  ${name}: ${address}`,
    );
    super([`Syncline runs already (process ${record.main.pid}).`, ...known].join("\n"));
    this.name = "AlreadyRunning";
    this.addresses = record.addresses;
  }
}

export interface RunLock {
  /** What a later start tells whoever tries it. */
  setAddress(name: string, address: string): void;
  /** What a later start ends, should this one be killed and leave it behind. */
  setChild(name: string, child: ProcessRef): void;
  release(): void;
}

function recordFile(dir: string): string {
  return join(dir, "run.json");
}

function readRecord(dir: string): RunRecord | undefined {
  if (!existsSync(recordFile(dir))) return undefined;
  try {
    return runRecord.parse(JSON.parse(readFileSync(recordFile(dir), "utf8")));
  } catch {
    // Cut off by a crash while it was written: nobody holds it.
    return undefined;
  }
}

/** Whoever reads it meanwhile sees the one before: half a record would look like nobody's. */
function writeRecord(dir: string, record: RunRecord): void {
  const aside = `${recordFile(dir)}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(record, null, 2));
  renameSync(aside, recordFile(dir));
}

/** The run that holds this state folder now, if any. */
export function currentRun(dir: string): AlreadyRunning | undefined {
  const record = readRecord(dir);
  return record !== undefined && isRunning(record.main) ? new AlreadyRunning(record) : undefined;
}

/** Parts of a run that was killed, which it could not end any more. */
export function leftBehind(dir: string): [name: string, child: ProcessRef][] {
  return childrenOf(readRecord(dir));
}

function childrenOf(record: RunRecord | undefined): [string, ProcessRef][] {
  return Object.entries(record?.children ?? {}).filter(([, child]) => isRunning(child));
}

/** One run at a time per state folder. Takes over from a run that was killed, and ends what it left. */
export async function takeRun(
  dir: string,
  onProgress: (message: string) => void,
): Promise<RunLock> {
  // The account that Postgres runs as has to get through it, and nobody else has to look into it.
  if (mkdirSync(dir, { recursive: true }) !== undefined) chmodSync(dir, 0o711);
  const record: RunRecord = { main: refTo(process.pid), addresses: {}, children: {} };
  const write = (): void => writeRecord(dir, record);
  const before = await withFileLock(join(dir, "run.lock"), 10_000, async () => {
    const running = currentRun(dir);
    if (running !== undefined) throw running;
    const left = readRecord(dir);
    write();
    return left;
  });
  await endLeftBehind(before, onProgress);
  return {
    setAddress: (name, address) => {
      record.addresses[name] = address;
      write();
    },
    setChild: (name, { pid, startedAt }) => {
      record.children[name] = { pid, startedAt };
      write();
    },
    release: () => rmSync(recordFile(dir), { force: true }),
  };
}

async function endLeftBehind(
  before: RunRecord | undefined,
  onProgress: (message: string) => void,
): Promise<void> {
  await Promise.all(
    childrenOf(before).map(async ([name, child]) => {
      onProgress(`ending the ${name} an earlier run left behind (process ${child.pid})`);
      await endProcess(child);
    }),
  );
}
