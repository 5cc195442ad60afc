import { once } from "node:events";
import { start } from "./commands/start.ts";
import { run } from "./run.ts";

const interrupted = new AbortController();
const isStart = process.argv[2] === "start";

// The first Ctrl-C ends what is followed; another one ends the process where it stands.
if (!isStart) process.once("SIGINT", () => interrupted.abort());
// Whoever reads us may have read enough, as `head` has.
process.stdout.on("error", () => process.exit(0));

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  signal: interrupted.signal,
  start,
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  write: async (bytes) => {
    if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
  },
});
