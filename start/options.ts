import { parseArgs } from "node:util";

export interface StartOptions {
  readonly cluster: boolean;
  readonly demo: boolean;
  readonly help: boolean;
  readonly port: number | undefined;
}

export class UsageError extends Error {}

export const usage = `npm start -- [options]

  --port N     port of the API (that of the last start, 3000, or the next free one)
  --cluster    run on the real Temporal server with its state in Postgres, instead
               of the development server; it is built once with Go (4 to 5 minutes)
  --no-demo    start without making the demo company
  --help       show this

What is not set in the environment (see .env.example) is found or started: Postgres
unless DATABASE_URL is set, Temporal unless TEMPORAL_ADDRESS is, and a pretend Google
and Notion unless GOOGLE_CLIENT_ID or GOOGLE_API_URL is. State is kept in .syncline/
(SYNCLINE_STATE); "npm run reset" clears it. Programs that are fetched or built once are
kept in ~/.cache/syncline (SYNCLINE_CACHE).`;

/** @throws UsageError naming what was not understood. */
export function parseOptions(args: readonly string[]): StartOptions {
  const values = parse(args);
  return {
    cluster: values.cluster,
    demo: !values["no-demo"],
    help: values.help,
    port: toPort(values.port),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        cluster: { type: "boolean", default: false },
        "no-demo": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        port: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function toPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/u.test(text) || port < 1 || port > 65_535)
    throw new UsageError(`--port: found "${text}", expected a port from 1 to 65535.`);
  return port;
}
