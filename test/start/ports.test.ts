import { createServer, type Server } from "node:net";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterEach, expect, test, vi } from "vitest";
import { freePort, isPortFree, releasePort } from "../../start/ports.ts";

const open: Server[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

function hold(host?: string): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    open.push(server);
    server.listen(0, host, () => resolve((server.address() as { port: number }).port));
  });
}

test("the preferred port is given when it is free", async () => {
  const port = await freePort();
  releasePort(port);
  expect(await freePort(port)).toBe(port);
});

test.each(["127.0.0.1", "0.0.0.0", undefined])(
  "a port taken on %s is stepped over to the next free one",
  async (host) => {
    const taken = await hold(host);
    expect(await isPortFree(taken)).toBe(false);
    const given = await freePort(taken);
    expect(given).toBeGreaterThan(taken);
    expect(given).toBeLessThan(taken + 200);
  },
);

test("a port is given to one asker only, until it is released", async () => {
  const first = await freePort();
  expect(await freePort(first)).not.toBe(first);
  releasePort(first);
  expect(await freePort(first)).toBe(first);
});

test("a port that another start has chosen and not bound yet is left to it, for as long as it runs", async () => {
  const port = await freePort();
  releasePort(port);
  vi.stubEnv("TMPDIR", mkdtempSync(join(tmpdir(), "syncline-claims-")));
  const code = `import { freePort } from "./start/ports.ts"; console.log(await freePort(${port})); setInterval(() => {}, 1000);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", code];
  const other = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const theirs = await new Promise((resolve) => other.stdout.once("data", resolve));
  expect(Number(theirs)).toBe(port);
  const ours = await freePort(port);
  expect(ours).not.toBe(port);
  releasePort(ours);
  other.kill("SIGKILL");
  await new Promise((resolve) => other.once("exit", resolve));
  expect(await freePort(port)).toBe(port);
  releasePort(port);
  vi.unstubAllEnvs();
});
