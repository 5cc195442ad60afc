import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createSandbox, type Listening, listen } from "../../sandbox/app.ts";
import { controlOf } from "./sandbox-client.ts";

export interface Answer {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** An answer, of which tests look at this or that member. */
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

export interface LogEntry {
  readonly seq: number;
  readonly at: string;
  readonly stream: string;
  readonly id: number | string;
  readonly action: "created" | "updated" | "deleted";
  readonly fields: Record<string, { before: unknown; after: unknown }>;
}

export interface Running {
  readonly url: string;
  readonly listening: Listening;
  readonly retailer: string;
  token: string;
  control<T = Body>(method: string, path: string, body?: unknown): Promise<T>;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  get(path: string): Promise<Body>;
  log(query?: string): Promise<LogEntry[]>;
}

export const DEMO = {
  scopes: "PublicApi.Access",
  grant_type: "client_credentials",
  client_id: "demo-client",
  client_secret: "demo-secret",
};

export async function askToken(url: string, form: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${url}/kiotviet/connect/token`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

export async function callAs(
  { url, token, retailer }: { url: string; token: string; retailer: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${url}/kiotviet${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(retailer === "" ? {} : { retailer }),
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = text.startsWith("{") || text.startsWith("[");
  return {
    status: response.status,
    body: json ? JSON.parse(text) : text,
    headers: response.headers,
  };
}

/** A sandbox on a free port, and the demo shop with a token for it. */
export async function start(statePath?: string): Promise<Running> {
  const sandbox = createSandbox(statePath === undefined ? {} : { statePath });
  const listening = await listen(sandbox);
  const { url } = listening;
  const control = controlOf(url);
  const running: Running = {
    url,
    listening,
    retailer: "demo-shop",
    token: (await askToken(url, DEMO)).body.access_token,
    control: (method, path, body) => control(method, `/kiotviet${path}`, body),
    call: (method, path, body) => callAs(running, method, path, body),
    get: async (path) => (await running.call("GET", path)).body,
    log: async (query = "") => (await control<Body>("GET", `/kiotviet/log?${query}`)).changes,
  };
  return running;
}

interface Received {
  readonly text: string;
  readonly signature: string | undefined;
  readonly body: Body;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  readonly server: Server;
  status: number;
  /** What the next messages are answered before `status` holds: undefined is no answer in time. */
  readonly answers: (number | undefined)[];
}

/** Somebody who is sent webhooks. */
export async function receiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += String(part)));
    request.on("end", () => {
      const signature = request.headers["x-hub-signature"] as string | undefined;
      received.push({ text, signature, body: JSON.parse(text) });
      const status = here.answers.length > 0 ? here.answers.shift() : here.status;
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const here: Receiver = { url, received, server, status: 200, answers: [] };
  return here;
}
