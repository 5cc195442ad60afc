import { readFileSync } from "node:fs";
import { untilListening } from "./listening.ts";
import { startPostgres, type Postgres } from "./postgres.ts";
import type { Run } from "./run.ts";
import { startTemporal } from "./temporal.ts";
import type { Temporal } from "./temporal-server.ts";

export interface FoundPostgres {
  readonly url: string;
  readonly own: boolean;
}

export interface FoundTemporal {
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly own: boolean;
}

export function valueOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  return file ? readFileSync(file, "utf8").trim() : env[name] || undefined;
}

/** Postgres: the one of DATABASE_URL, else one of our own. */
export async function findPostgres(run: Run): Promise<FoundPostgres> {
  const url = valueOf(run.env, "DATABASE_URL");
  if (url !== undefined) {
    run.say("Postgres", "used as DATABASE_URL says");
    return { url, own: false };
  }
  const part = await run.keep("Postgres", async (): Promise<Postgres> => {
    const postgres = await startPostgres({
      dir: run.dir,
      onProgress: (message) => run.say("Postgres", message),
    });
    run.lock.setAddress("Postgres", `127.0.0.1:${postgres.port}`);
    return postgres;
  });
  run.say("Postgres", `ready at 127.0.0.1:${part.service.port}`);
  return { url: part.service.url, own: true };
}

/** Temporal: the one of TEMPORAL_ADDRESS, else one of our own; the real server needs Postgres first. */
export async function findTemporalServer(
  run: Run,
  postgres: Promise<FoundPostgres>,
): Promise<FoundTemporal> {
  const onProgress = (message: string): void => run.say("Temporal", message);
  const address = valueOf(run.env, "TEMPORAL_ADDRESS");
  if (address !== undefined) {
    onProgress("used as TEMPORAL_ADDRESS says");
    await untilListening({ address, setting: "TEMPORAL_ADDRESS", say: onProgress });
    return { address, uiUrl: valueOf(run.env, "TEMPORAL_UI_URL"), own: false };
  }
  let ports: { port?: number; uiPort?: number } = {};
  const start = async (): Promise<Temporal> => {
    const more = { dir: run.dir, onProgress, ...ports };
    const temporal = run.options.cluster
      ? await startTemporal({ ...more, mode: "cluster", postgresUrl: (await postgres).url })
      : await startTemporal({ ...more, mode: "dev" });
    // Worker and API have been told where it is: started again, it has to be there.
    ports = { port: portOf(temporal.address), uiPort: portOf(temporal.uiUrl ?? "") };
    run.lock.setAddress("Temporal", temporal.address);
    return temporal;
  };
  const part = await run.keep("Temporal", start);
  run.say("Temporal", `ready at ${part.service.address}`);
  return { address: part.service.address, uiUrl: part.service.uiUrl, own: true };
}

function portOf(address: string): number {
  return Number(address.split(":").at(-1));
}
