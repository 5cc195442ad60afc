import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { withFileLock } from "./file-lock.ts";
import { endProcess, isRunning, refTo, type Patience } from "./os-process.ts";
import { startPostgres } from "./postgres.ts";
import { startTemporal } from "./temporal.ts";

export { createDatabase } from "./databases.ts";

export interface TestEnvironment {
  /** As a superuser; take a database of your own with `createDatabase`. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
  /** Whoever leaves last ends the servers. */
  stop(): Promise<void>;
}

const processRef = z.object({ pid: z.number(), startedAt: z.string() });
const shared = z.object({
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  temporalUiUrl: z.string(),
  servers: z.object({ postgres: processRef, temporal: processRef }),
  users: z.array(processRef.extend({ id: z.string() })),
});
type Shared = z.infer<typeof shared>;

/** Nothing here outlives the run, so Postgres may leave without its last checkpoint. */
const atOnce: Patience = [
  ["SIGQUIT", 5_000],
  ["SIGKILL", 5_000],
];

/**
 * Postgres and Temporal for tests: fast and not durable. Runs at the same time
 * share them, so that every test process and file can ask for them.
 */
export async function startTestEnvironment(): Promise<TestEnvironment> {
  const dir = testFolder();
  const id = randomUUID();
  const state = await exclusively(dir, async () => {
    const joined = await joinOrStart(dir);
    const state = { ...joined, users: [...joined.users, { id, ...refTo(process.pid) }] };
    write(dir, state);
    return state;
  });
  const { databaseUrl, temporalAddress, temporalUiUrl } = state;
  return {
    databaseUrl,
    temporalAddress,
    temporalUiUrl,
    stop: () => exclusively(dir, () => leave(dir, id)),
  };
}

function testFolder(): string {
  const key = createHash("sha256")
    .update(import.meta.url)
    .digest("hex")
    .slice(0, 8);
  return join(tmpdir(), `syncline-test-${userInfo().uid}-${key}`);
}

function exclusively<T>(dir: string, work: () => Promise<T>): Promise<T> {
  return withFileLock(`${dir}.lock`, 600_000, work);
}

function read(dir: string): Shared | undefined {
  const file = join(dir, "environment.json");
  if (!existsSync(file)) return undefined;
  const parsed = shared.safeParse(JSON.parse(readFileSync(file, "utf8")));
  return parsed.success ? parsed.data : undefined;
}

function write(dir: string, state: Shared): void {
  writeFileSync(join(dir, "environment.json"), JSON.stringify(state), { mode: 0o600 });
}

async function joinOrStart(dir: string): Promise<Shared> {
  const state = read(dir);
  const servers = state === undefined ? [] : Object.values(state.servers);
  if (state !== undefined && servers.every(isRunning)) {
    return { ...state, users: state.users.filter(isRunning) };
  }
  for (const server of servers) await endProcess(server, atOnce);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  return start(dir);
}

async function start(dir: string): Promise<Shared> {
  const [postgres, temporal] = await Promise.allSettled([
    startPostgres({ dir, port: 0, durable: false }),
    startTemporal({
      dir,
      mode: "dev",
      port: 0,
      uiPort: 0,
      durable: false,
      onProgress: (message) => console.error(message),
    }),
  ]);
  if (postgres.status === "rejected" || temporal.status === "rejected") {
    if (postgres.status === "fulfilled") await postgres.value.stop();
    if (temporal.status === "fulfilled") await temporal.value.stop();
    throw postgres.status === "rejected"
      ? postgres.reason
      : temporal.status === "rejected"
        ? temporal.reason
        : undefined;
  }
  return {
    databaseUrl: postgres.value.url,
    temporalAddress: temporal.value.address,
    temporalUiUrl: temporal.value.uiUrl ?? "",
    servers: { postgres: refTo(postgres.value.pid), temporal: refTo(temporal.value.pid) },
    users: [],
  };
}

async function leave(dir: string, id: string): Promise<void> {
  const state = read(dir);
  if (state === undefined) return;
  const users = state.users.filter((user) => user.id !== id && isRunning(user));
  if (users.length > 0) {
    write(dir, { ...state, users });
    return;
  }
  await Promise.all([
    endProcess(state.servers.postgres, atOnce),
    endProcess(state.servers.temporal, atOnce),
  ]);
  rmSync(dir, { recursive: true, force: true });
}
