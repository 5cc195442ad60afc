import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "../db/migrate.ts";
import { moveChannels } from "./channels.ts";
import {
  keptSecrets,
  pretendRecords,
  sandboxClient,
  usesPretendNotion,
  usesSandbox,
  type Found,
} from "./child-environment.ts";
import { makeDemo } from "./demo.ts";
import { findPostgres, findTemporalServer, valueOf, type FoundPostgres } from "./infrastructure.ts";
import { freePort, rememberedPort } from "./ports.ts";
import type { Run } from "./run.ts";
import { startSandbox, startWorkerAndApi } from "./services.ts";
import { closingFor } from "./closing.ts";

/** Every step from nothing to a demo company that syncs; answers what to print then. */
export async function startEverything(run: Run, began: number): Promise<string> {
  const postgres = findPostgres(run);
  const [database, temporal, sandbox] = await Promise.all([
    postgres.then((found) => migrated(run, found)),
    findTemporalServer(run, postgres),
    usesSandbox(run.env) ? startSandbox(run) : Promise.resolve(undefined),
  ]);
  const sandboxUrl = sandbox?.url;
  const { port, moved } = await choosePort(run);
  const kept = keptSecrets(run.dir);
  const found: Found = {
    dir: run.dir,
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    temporalUiUrl: temporal.uiUrl,
    ownTemporal: temporal.own,
    port,
    workerHealthPort: await freePort(Number(run.env["WORKER_HEALTH_PORT"] || 4020)),
    sandboxUrl,
    ...(sandbox && { sandboxMailPort: sandbox.mailPort }),
    secrets: { ...kept, apiKey: valueOf(run.env, "BOOTSTRAP_API_KEY") ?? kept.apiKey },
  };
  await startWorkerAndApi(run, found);
  if (moved) await tellMoved(run, found);
  const demo =
    sandboxUrl !== undefined && run.options.demo
      ? await tryDemo(run, found, sandboxUrl)
      : undefined;
  return closingFor({ run, found, database, temporal, demo, seconds: (Date.now() - began) / 1000 });
}

/** The one of the last start, if nothing else is asked for: push channels call back at it. */
async function choosePort(run: Run): Promise<{ port: number; moved: boolean }> {
  const file = join(run.dir, "api-port");
  const last = rememberedPort(file);
  const preferred = run.options.port ?? Number(run.env["PORT"] || (last ?? 3000));
  const port = await freePort(preferred);
  if (port !== preferred) run.say("API", `port ${preferred} is taken; ${port} is used`);
  writeFileSync(file, String(port));
  return { port, moved: last !== undefined && last !== port };
}

/** Without it Google's changes would come by polling only, until the channels are renewed. */
async function tellMoved(run: Run, found: Found): Promise<void> {
  try {
    const count = await moveChannels(`http://127.0.0.1:${found.port}`, found.secrets.apiKey);
    run.say("API", `has moved since the last start; push channels renewed: ${count}`);
  } catch (error) {
    run.say("API", `has moved, and push channels were not renewed: ${inWords(error)}`);
  }
}

async function migrated(run: Run, postgres: FoundPostgres): Promise<FoundPostgres> {
  try {
    await migrate(postgres.url);
  } catch (error) {
    if (postgres.own) throw error;
    throw new Error(`Postgres, where DATABASE_URL says: ${inWords(error)}`, { cause: error });
  }
  run.say("Postgres", "tables are up to date");
  return postgres;
}

/** Node tries every address of a host, and puts what it met into an error without words. */
function inWords(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(inWords).join(", ");
  return error instanceof Error ? error.message : String(error);
}

/** The demo is a convenience: what goes wrong in it is told, and the rest stays up. */
async function tryDemo(run: Run, found: Found, sandboxUrl: string): Promise<string | undefined> {
  try {
    const { connectionId } = await makeDemo({
      dir: run.dir,
      apiUrl: `http://127.0.0.1:${found.port}`,
      apiKey: found.secrets.apiKey,
      sandboxUrl,
      clientId: sandboxClient,
      notion: usesPretendNotion(run.env),
      records: pretendRecords(run.env),
      onProgress: (message) => run.say("demo", message),
    });
    return connectionId;
  } catch (error) {
    run.say("demo", `could not be made: ${inWords(error)}`);
    return undefined;
  }
}
