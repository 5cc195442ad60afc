import { createSandbox, listen } from "./app.ts";

/** Starts the pretend providers and says on one line where they listen. */
async function main(): Promise<void> {
  const { SANDBOX_PORT = "4010", SANDBOX_HOST = "127.0.0.1", SANDBOX_STATE } = process.env;
  const sandbox = createSandbox(
    SANDBOX_STATE === undefined || SANDBOX_STATE === "" ? {} : { statePath: SANDBOX_STATE },
  );
  const listening = await listen(sandbox, Number(SANDBOX_PORT), SANDBOX_HOST);
  process.stdout.write(`${JSON.stringify({ listening: listening.port })}\n`);
  const end = (): void => void listening.close().then(() => process.exit(0));
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

await main();
