import { createSandbox, type Listening, listen, type Sandbox } from "../../sandbox/app.ts";
import { controlOf } from "./sandbox-client.ts";

export const COMPANY = "c0de0000-0000-4000-8000-000000000001";

type Fields = Record<string, unknown>;

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Listed {
  readonly data: readonly (Fields & { id: string; employment?: Fields })[];
  readonly total: number;
  readonly pages: number;
  readonly page: number;
  readonly per_page: number;
}

export interface Change {
  readonly seq: number;
  readonly at: string;
  readonly stream: string;
  readonly id: string;
  readonly employeeId: string;
  readonly action: string;
  readonly fields: Record<string, { before: unknown; after: unknown }>;
}

export interface Kept {
  readonly id: string;
  readonly fields: Fields;
  readonly employments: readonly (Fields & { id: string; start_date: string })[];
}

export interface Running {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly listening: Listening;
  readonly token: string;
  /** A GET as the token, below the root of the API. */
  get<T = Fields>(path: string, token?: string | null): Promise<Answer<T>>;
  list(query?: string): Promise<Listed>;
  employments(id: string): Promise<Answer<Fields[]>>;
  control<T = Kept>(method: string, path: string, body?: unknown): Promise<T>;
  /** What a person does there. */
  act(name: string, body: object): Promise<Kept>;
  /** Changes that were logged after this one. */
  logSince(seq: number): Promise<Change[]>;
  last(): Promise<number>;
}

/** A sandbox on a free port without any limit on requests, and its demo token. */
export async function start(statePath?: string): Promise<Running> {
  const sandbox = createSandbox(statePath === undefined ? {} : { statePath });
  const listening = await listen(sandbox);
  const { url } = listening;
  const call = controlOf(url);
  const control: Running["control"] = (method, path, body) =>
    call(method, `/employes${path}`, body);
  const { token } = await control<{ token: string }>("GET", "/token");
  await control("POST", "/settings", { rateLimit: null });
  const get = async <T>(path: string, as: string | null = token): Promise<Answer<T>> => {
    const headers: Record<string, string> = as === null ? {} : { authorization: `Bearer ${as}` };
    const response = await fetch(`${url}/employes/v4${path}`, { headers });
    const body = (await response.json()) as T;
    return { status: response.status, headers: response.headers, body };
  };
  const log = (since: number) =>
    control<{ changes: Change[]; last: number }>("GET", `/log?since=${since}`);
  return {
    url,
    sandbox,
    listening,
    token,
    get,
    control,
    list: async (query = "") => (await get<Listed>(`/${COMPANY}/employees${query}`)).body,
    employments: (id) => get(`/${COMPANY}/employees/${id}/employments`),
    act: (name, body) => control("POST", `/${name}`, body),
    logSince: async (seq) => (await log(seq)).changes,
    last: async () => (await log(0)).last,
  };
}

/** Somebody who works since long ago, for 3000 a month and 40 hours a week. */
export function hired(now: Running, more: object = {}): Promise<Kept> {
  return now.act("hire", {
    first_name: "Sanne",
    surname_prefix: "de",
    surname: "Vries",
    from: "2024-01-01",
    ...more,
  });
}

/** A day so many days from today by the sandbox's own calendar. */
export function dayFromNow(days: number): string {
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Amsterdam" }).format();
  return new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
}
