import { relative } from "node:path";
import { isSet, type Found } from "./child-environment.ts";
import type { FoundPostgres, FoundTemporal } from "./infrastructure.ts";
import type { Run } from "./run.ts";
import { closingText, withoutPassword, type Row } from "./table.ts";

export interface ClosingFacts {
  readonly run: Run;
  readonly found: Found;
  readonly database: FoundPostgres;
  readonly temporal: FoundTemporal;
  readonly demo: string | undefined;
  readonly seconds: number;
}

export function closingFor(facts: ClosingFacts): string {
  return closingText({
    seconds: facts.seconds,
    rows: rows(facts),
    notes: notes(facts),
    tries: tries(facts),
  });
}

function rows({ run, found, database, temporal }: ClosingFacts): Row[] {
  const api = `http://127.0.0.1:${found.port}`;
  const given = (own: boolean): string => (own ? "ready" : "yours");
  const server =
    run.options.cluster && temporal.own ? "ready (the real server)" : given(temporal.own);
  return [
    { name: "API", address: api, state: "ready" },
    { name: "API reference", address: `${api}/docs`, state: "ready" },
    {
      name: "Worker",
      address: `http://127.0.0.1:${found.workerHealthPort}/readyz`,
      state: "ready",
    },
    ...(found.sandboxUrl === undefined
      ? []
      : [{ name: "Pretend Google", address: found.sandboxUrl, state: "ready" }]),
    { name: "Temporal", address: temporal.address, state: server },
    {
      name: "Temporal UI",
      address: temporal.uiUrl ?? "-",
      state:
        temporal.uiUrl !== undefined
          ? given(temporal.own)
          : temporal.own
            ? "not part of the real server"
            : "not known",
    },
    { name: "Postgres", address: withoutPassword(database.url), state: given(database.own) },
  ];
}

function notes({ run, found, demo }: ClosingFacts): string[] {
  return [
    `API key, for development: ${found.secrets.apiKey}`,
    `Logs and state: ${relative(process.cwd(), run.dir) || "."}`,
    ...(found.sandboxUrl === undefined ? [googleNote(run.env)] : []),
    ...(demo === undefined ? [] : [`Demo connection, in step with the pretend Google: ${demo}`]),
  ];
}

function googleNote(env: NodeJS.ProcessEnv): string {
  return isSet(env, "GOOGLE_API_URL")
    ? "Google is where GOOGLE_API_URL says."
    : "Google is the real one, as GOOGLE_CLIENT_ID is set.";
}

function tries({ run, found, database, demo }: ClosingFacts): [string, string][] {
  const api = `http://127.0.0.1:${found.port}`;
  const auth = `-H "Authorization: Bearer ${found.secrets.apiKey}"`;
  const list: [string, string][] = [
    ["See the connections and how they are doing", `curl ${auth} ${api}/api/connections`],
  ];
  if (demo !== undefined) {
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const body = JSON.stringify({
      title: "Lunch",
      startDateTime: `${day}T11:00:00Z`,
      endDateTime: `${day}T12:00:00Z`,
    });
    list.push([
      "Make an event, and watch it arrive in the pretend Google",
      `curl ${auth} -H 'Content-Type: application/json' -d '${body}' ${api}/api/events`,
    ]);
    list.push([
      'Edit an event "in Google" in a browser, and watch it arrive here',
      `${found.sandboxUrl}`,
    ]);
  }
  if (database.own) {
    const url = new URL(database.url);
    const password = `PGPASSWORD=$(cat ${relative(process.cwd(), run.dir)}/postgres-password)`;
    list.push([
      "Look into the database",
      `${password} psql -h 127.0.0.1 -p ${url.port} -U postgres syncline`,
    ]);
  }
  return list;
}
