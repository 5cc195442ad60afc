import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ACCOUNT, controlOf } from "./sandbox-client.ts";

const entry = fileURLToPath(new URL("../../sandbox/main.ts", import.meta.url));

test("the process says where it listens, ends on SIGTERM and leaves its state", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const statePath = join(folder, "state.json");
  const env = { ...process.env, SANDBOX_PORT: "0", SANDBOX_STATE: statePath };
  const child = spawn(process.execPath, ["--import", "tsx", entry], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve) =>
    child.stdout.once("data", (data) => resolve(String(data))),
  );
  const { listening } = JSON.parse(line) as { listening: number };
  await controlOf(`http://127.0.0.1:${listening}`)("POST", "/google/accounts", { email: ACCOUNT });
  child.kill("SIGTERM");
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  expect(existsSync(statePath)).toBe(true);
  rmSync(folder, { recursive: true });
}, 30_000);
