import { join, relative } from "node:path";
import { isSet, pretendRecords, usesPretendNotion, type Found } from "./child-environment.ts";
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
    ...(hasNotion(run.env, found)
      ? [{ name: "Pretend Notion", address: `${found.sandboxUrl}/notion`, state: "ready" }]
      : []),
    ...(found.sandboxMailPort === undefined
      ? []
      : [{ name: "Pretend inboxes", address: `${found.sandboxUrl}/sinks`, state: "ready" }]),
    ...pretendShops(run.env, found).map(({ name, address }) => ({ name, address, state: "ready" })),
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

function hasNotion(env: NodeJS.ProcessEnv, { sandboxUrl }: Found): boolean {
  return sandboxUrl !== undefined && usesPretendNotion(env);
}

const shops = { kiotviet: "Pretend KiotViet", employes: "Pretend Employes" } as const;

function pretendShops(env: NodeJS.ProcessEnv, { sandboxUrl }: Found) {
  if (sandboxUrl === undefined) return [];
  return pretendRecords(env).map((provider) => ({
    provider,
    name: shops[provider],
    address: `${sandboxUrl}/${provider}`,
  }));
}

function notes({ run, found, demo }: ClosingFacts): string[] {
  return [
    isSet(run.env, "BOOTSTRAP_API_KEY")
      ? "API key: the one of BOOTSTRAP_API_KEY"
      : `API key, for development: ${found.secrets.apiKey}`,
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

/** Quoted where a shell would not take it as one word. */
function asWord(text: string): string {
  return /^[\w./@:-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A key of the caller's own is not repeated on a terminal: the shell puts it in. */
function keyShown({ run, found }: ClosingFacts): string {
  return isSet(run.env, "BOOTSTRAP_API_KEY") ? "$BOOTSTRAP_API_KEY" : found.secrets.apiKey;
}

function tries(facts: ClosingFacts): [string, string][] {
  const { run, found, database, temporal, demo } = facts;
  const api = `http://127.0.0.1:${found.port}`;
  const auth = `-H "Authorization: Bearer ${keyShown(facts)}"`;
  const list: [string, string][] = [
    ["See the connections and how they are doing", `curl ${auth} ${api}/api/connections`],
  ];
  if (demo !== undefined) {
    list.push(...demoTries(`${found.sandboxUrl}`, api, auth));
    if (hasNotion(run.env, found))
      list.push([
        'Edit a page "in Notion": it arrives in Google, and what you edit there arrives here',
        `${found.sandboxUrl}/notion`,
      ]);
    list.push(...shopTries(run.env, found, auth));
    if (found.sandboxMailPort !== undefined) list.push(...alertTries(found, auth));
  }
  if (database.own) {
    const { port } = new URL(database.url);
    const file = join(relative(process.cwd(), run.dir), "postgres-password");
    list.push([
      demo === undefined
        ? "Look into the database"
        : "Look into the database; what you change in events arrives in the pretend Google",
      `PGPASSWORD="$(cat ${asWord(file)})" psql -h 127.0.0.1 -p ${port} -U postgres syncline`,
    ]);
  }
  if (temporal.own && temporal.uiUrl !== undefined) {
    const workflows = `${temporal.uiUrl}/namespaces/default/workflows`;
    list.push(["See each sync session as a workflow", workflows]);
  }
  return list;
}

function alertTries(found: Found, auth: string): [string, string][] {
  const json = "-H 'Content-Type: application/json'";
  const address = `${found.sandboxUrl}/sinks/slack/services/T0/B0/demo`;
  const body = JSON.stringify({ kind: "slack", name: "Ops", address });
  return [
    [
      "Be told in the pretend Slack when something breaks, and look at what arrives",
      `curl ${auth} ${json} -d '${body}' http://127.0.0.1:${found.port}/api/notification-targets; open ${found.sandboxUrl}/sinks`,
    ],
  ];
}

function shopTries(env: NodeJS.ProcessEnv, found: Found, auth: string): [string, string][] {
  const api = `http://127.0.0.1:${found.port}`;
  return pretendShops(env, found).flatMap(({ provider, address }): [string, string][] =>
    provider === "kiotviet"
      ? [
          [`Sell something, or change a price, "in KiotViet"`, address],
          [
            "See each change as it was noticed, with the value before and after",
            `curl ${auth} '${api}/api/changes?stream=products'`,
          ],
        ]
      : [
          [`Change somebody's hours "in Employes"`, address],
          [
            "See what became of everybody, over time",
            `curl ${auth} '${api}/api/timeline?kind=hours-changed'`,
          ],
        ],
  );
}

function demoTries(sandbox: string, api: string, auth: string): [string, string][] {
  const dayIn = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const body = JSON.stringify({
    title: "Lunch",
    startDateTime: `${dayIn(1)}T11:00:00Z`,
    endDateTime: `${dayIn(1)}T12:00:00Z`,
  });
  const json = "-H 'Content-Type: application/json'";
  const window = `from=${dayIn(0)}T00:00:00Z&to=${dayIn(14)}T00:00:00Z&expand=true`;
  return [
    [
      "Make an event, and watch it arrive in the pretend Google",
      `curl ${auth} ${json} -d '${body}' ${api}/api/events`,
    ],
    ['Edit an event "in Google", in a browser', `${sandbox}/google`],
    ["See that the edit has arrived here", `curl ${auth} '${api}/api/events?${window}'`],
  ];
}
