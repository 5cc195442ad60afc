import { createSandbox, listen } from "./app.ts";

/** Starts the pretend providers and says on one line where they listen. */
async function main(): Promise<void> {
  const { SANDBOX_PORT = "4010", SANDBOX_HOST = "127.0.0.1", SANDBOX_STATE } = process.env;
  // Any free one, which `GET /sandbox/sinks` tells, unless somebody wants to know it beforehand.
  const { SANDBOX_SMTP_PORT = "0" } = process.env;
  const sandbox = createSandbox(
    SANDBOX_STATE === undefined || SANDBOX_STATE === "" ? {} : { statePath: SANDBOX_STATE },
  );
  const mailPort = Number(SANDBOX_SMTP_PORT);
  const listening = await listen(sandbox, Number(SANDBOX_PORT), SANDBOX_HOST, mailPort);
  const { port, smtpPort } = listening;
  process.stdout.write(`${JSON.stringify({ listening: port, smtp: smtpPort })}\n`);
  const end = (): void => void listening.close().then(() => process.exit(0));
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

await main();
