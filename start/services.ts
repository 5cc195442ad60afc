import { childEnvironment, type Found } from "./child-environment.ts";
import { logFile } from "./log-files.ts";
import { startNodeService, type NodeServiceOptions } from "./node-service.ts";
import { freePort } from "./ports.ts";
import type { Run } from "./run.ts";

type Wanted = Omit<NodeServiceOptions, "name" | "logFile" | "onStarted">;

async function startPart(run: Run, name: string, wanted: Wanted): Promise<void> {
  const onStarted: NodeServiceOptions["onStarted"] = (child) => run.lock.setChild(name, child);
  await run.keep(name, () =>
    startNodeService({ ...wanted, name, logFile: logFile(run.dir, name.toLowerCase()), onStarted }),
  );
  run.say(name, "ready");
}

/** The pretend providers; answers their address, and the port of the pretend mail server. */
export async function startSandbox(run: Run): Promise<{ url: string; mailPort: number }> {
  const port = await freePort(Number(run.env["SANDBOX_PORT"] || 4010));
  const mailPort = await freePort(Number(run.env["SANDBOX_SMTP_PORT"] || 4025));
  const env = {
    ...run.env,
    SANDBOX_PORT: String(port),
    SANDBOX_SMTP_PORT: String(mailPort),
    SANDBOX_STATE: `${run.dir}/sandbox.json`,
  };
  await startPart(run, "sandbox", { part: "sandbox/main", env, readyText: '"listening"' });
  const address = `http://127.0.0.1:${port}`;
  run.lock.setAddress("sandbox", address);
  return { url: address, mailPort };
}

export async function startWorkerAndApi(run: Run, found: Found): Promise<void> {
  const env = childEnvironment(run.env, found);
  const worker = startPart(run, "worker", {
    part: "worker/main",
    env,
    readyUrl: `http://127.0.0.1:${found.workerHealthPort}/readyz`,
  });
  const api = startPart(run, "API", {
    part: "api/main",
    env,
    readyUrl: `http://127.0.0.1:${found.port}/readyz`,
  });
  await Promise.all([worker, api]);
  run.lock.setAddress("API", `http://127.0.0.1:${found.port}`);
}
