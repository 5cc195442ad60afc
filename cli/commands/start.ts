import { spawn } from "node:child_process";
import { once } from "node:events";
import { nodeArguments } from "../../start/paths.ts";

/** What `npm start` does, with its options and its exit code. */
export async function start(options: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...nodeArguments("start/main"), ...options], {
    stdio: "inherit",
  });
  // A terminal's Ctrl-C reaches the child by itself; what is sent to us alone is passed on.
  const ignore = () => {};
  const pass = () => void child.kill("SIGTERM");
  process.on("SIGINT", ignore).on("SIGTERM", pass);
  const [code] = (await once(child, "exit")) as [number | null];
  process.off("SIGINT", ignore).off("SIGTERM", pass);
  return code ?? 1;
}
