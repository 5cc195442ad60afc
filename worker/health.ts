import { createServer, type Server, type ServerResponse } from "node:http";
import type { Client } from "@temporalio/client";
import { collectDefaultMetrics, register } from "prom-client";
import type { Config } from "../config.ts";
import type { Database } from "../db/client.ts";

interface Checked {
  db: Database;
  temporal: Client;
  /** The Temporal worker's own state. */
  state(): string;
}

/** `/healthz` (the process), `/readyz` (a line a check) and `/metrics`, on a port of its own; 0 switches it off. */
export function serveHealth(config: Config, checked: Checked): Server {
  if (config.WORKER_HEALTH_PORT === 0) return createServer();
  collectDefaultMetrics();
  return createServer((request, response) => {
    void respond(request.url ?? "/", checked, response);
  }).listen(config.WORKER_HEALTH_PORT, config.HOST);
}

async function respond(url: string, checked: Checked, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(url, checked);
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
}

async function answer(url: string, checked: Checked): Promise<{ status: number; body: string }> {
  if (url === "/healthz") return { status: 200, body: "ok\n" };
  if (url === "/metrics") return { status: 200, body: await register.metrics() };
  if (url !== "/readyz") return { status: 404, body: "not found\n" };
  const lines = await Promise.all([
    line("postgres", () => checked.db.ping()),
    line("temporal", async () => void (await checked.temporal.workflowService.getSystemInfo({}))),
    line("worker", async () => {
      if (checked.state() !== "RUNNING") throw new Error(checked.state());
    }),
  ]);
  return {
    status: lines.every(({ ok }) => ok) ? 200 : 503,
    body: lines.map(({ text }) => `${text}\n`).join(""),
  };
}

async function line(
  name: string,
  check: () => Promise<void>,
): Promise<{ ok: boolean; text: string }> {
  try {
    await check();
    return { ok: true, text: `${name}: ok` };
  } catch (error) {
    return { ok: false, text: `${name}: ${error instanceof Error ? error.message : "failed"}` };
  }
}
