import { createSandbox, type Listening, listen } from "../../sandbox/app.ts";
import type { Arrival } from "../../sandbox/sinks/arrivals.ts";
import { controlOf } from "./sandbox-client.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Running {
  readonly url: string;
  readonly smtpPort: number;
  readonly listening: Listening;
  /** Control of the sinks. */
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  shiftClock(offsetMs: number): Promise<void>;
  trouble(body: object): Promise<void>;
  messages(query?: string): Promise<Arrival[]>;
  /** A request to a sink; an object goes as JSON. */
  send(
    path: string,
    body: object | string,
    headers?: Record<string, string>,
    method?: "POST" | "PATCH",
  ): Promise<Answer>;
}

export function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

/** A sandbox on free ports with nothing in its sinks. */
export async function start(): Promise<Running> {
  const listening = await listen(createSandbox());
  const { url, smtpPort } = listening;
  const call = controlOf(url);
  const control: Running["control"] = (method, path, body) => call(method, `/sinks${path}`, body);
  return {
    url,
    smtpPort,
    listening,
    control,
    shiftClock: async (offsetMs) => void (await call("POST", "/clock", { offsetMs })),
    trouble: async (body) => void (await control("POST", "/trouble", body)),
    messages: async (query = "") =>
      (await control<{ messages: Arrival[] }>("GET", `/messages${query}`)).messages,
    send: async (path, body, headers = {}, method = "POST") => {
      const init: RequestInit = {
        method,
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      };
      const response = await fetch(`${url}/sinks${path}`, init);
      return {
        status: response.status,
        headers: response.headers,
        text: await response.text(),
      };
    },
  };
}
