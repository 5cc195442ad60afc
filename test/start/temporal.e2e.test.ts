import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startPostgres, type Postgres } from "../../start/postgres.ts";
import { cachedProgram } from "../../start/programs.ts";
import { startTemporal } from "../../start/temporal.ts";
import type { Temporal } from "../../start/temporal-server.ts";

let dir: string;
const stopping: (Temporal | Postgres)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-temporal-"));
  chmodSync(dir, 0o755);
});
afterEach(async () => {
  for (const started of stopping.splice(0).reverse()) await started.stop();
  rmSync(dir, { recursive: true, force: true });
});

function keep<T extends Temporal | Postgres>(started: T): T {
  stopping.push(started);
  return started;
}

async function withClient<T>(address: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

async function startWorkflow(address: string): Promise<void> {
  await withClient(address, (client) =>
    client.workflow.start("none", { workflowId: "kept", taskQueue: "none" }),
  );
}

async function status(address: string): Promise<string> {
  return withClient(
    address,
    async (client) => (await client.workflow.getHandle("kept").describe()).status.name,
  );
}

test(
  "the development server keeps its workflows over a restart and has a Web UI",
  { timeout: 60_000 },
  async () => {
    const first = await startTemporal({ dir, mode: "dev", port: 0, uiPort: 0 });
    await startWorkflow(first.address);
    expect((await fetch(String(first.uiUrl))).status).toBe(200);
    await first.stop();
    const second = keep(await startTemporal({ dir, mode: "dev", port: 0, uiPort: 0 }));
    expect(await status(second.address)).toBe("RUNNING");
  },
);

test(
  "one that its starter left behind is ended before the next one starts",
  { timeout: 60_000 },
  async () => {
    const first = await startTemporal({ dir, mode: "dev", port: 0, uiPort: 0 });
    keep(await startTemporal({ dir, mode: "dev", port: 0, uiPort: 0 }));
    expect(await first.exited).toBeDefined();
  },
);

const built =
  existsSync(cachedProgram("temporal-server-1.32.0")) &&
  existsSync(cachedProgram("temporal-sql-tool-1.32.0"));

test.runIf(built)(
  "the real server keeps its workflows in Postgres",
  { timeout: 120_000 },
  async () => {
    const postgres = keep(await startPostgres({ dir, port: 0, durable: false }));
    const first = await startTemporal({ dir, mode: "cluster", port: 0, postgresUrl: postgres.url });
    await startWorkflow(first.address);
    const retention = await withClient(first.address, async (client) => {
      const namespace = await client.workflowService.describeNamespace({ namespace: "default" });
      return Number(namespace.config?.workflowExecutionRetentionTtl?.seconds);
    });
    expect(retention).toBe(3 * 24 * 3600);
    await first.stop();
    const second = keep(
      await startTemporal({ dir, mode: "cluster", port: 0, postgresUrl: postgres.url }),
    );
    expect(await status(second.address)).toBe("RUNNING");
  },
);
