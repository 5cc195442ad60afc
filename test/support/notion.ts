/** The control API of the pretend Notion: what a person does there, and what a test may ask and bring about. */
import type { Counts as GoogleCounts, Fault, LoggedRequest } from "./google.ts";

export interface NotionPage {
  id: string;
  in_trash: boolean;
  created_time: string;
  last_edited_time: string;
  created_by: { id: string };
  last_edited_by: { id: string };
  parent: { type: string; data_source_id?: string; database_id?: string };
  properties: Record<string, { id: string; type: string; [value: string]: unknown }>;
  /** Exact, unlike what the API shows. */
  edited_at: string;
  blocks: { id: string; type: string; content: object }[];
}

export interface NotionDataSource {
  id: string;
  name: string;
  rows: number;
  properties: Record<string, { id: string; type: string }>;
}

export interface NotionDatabase {
  id: string;
  in_trash: boolean;
  dataSources: NotionDataSource[];
}

export interface NotionCounts extends GoogleCounts {
  listPages: number;
  notificationsSent: number;
  perPage: Record<string, { reads: number; writes: number }>;
}

/** What a person does to a page; in a hook, without a page of its own, to the page of the call. */
export interface PersonAct {
  do:
    | "create"
    | "edit"
    | "trash"
    | "restore"
    | "delete"
    | "duplicate"
    | "move"
    | "share"
    | "unshare";
  page?: string;
  properties?: object;
  dataSource?: string;
  person?: string;
}

/** An act at a moment of the nth matching call from now on, and the `times` - 1 calls after it. */
export interface NotionHook {
  /** As the client names it: `pages.retrieve`, `pages.update`, `pages.create`, `dataSources.query` … */
  operation: string;
  /** Only calls about this page. */
  page?: string;
  /** Before the call is served; after its work, seen in its answer; or when the answer is made but not sent. */
  moment?: "before" | "applied" | "after";
  nth?: number;
  times?: number;
  act: PersonAct;
}

export interface NotionWebhook {
  id: string;
  url: string;
  types: string[];
  verificationToken: string;
  /** What the address answered to the handshake; null for nothing. */
  handshakeStatus: number | null;
}

export interface WebhookMode {
  mode: "normal" | "drop" | "duplicate" | "hold" | "release" | "wrongSignature";
  delayMs?: number;
  times?: number;
}

export interface NewDatabase {
  id?: string;
  title: string;
  /** The page that it hangs below. */
  page?: string;
  /** By name: a type such as `"date"`, or as the API describes a property. A title comes of itself. */
  properties?: Record<string, string | object>;
  dataSourceId?: string;
  /** Instead of the properties, for a database of several tables. */
  dataSources?: { id?: string; name: string; properties?: Record<string, string | object> }[];
}

export type Notion = ReturnType<typeof notionAt>;

export function notionAt(url: string) {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/sandbox${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new NotionRefuses(
        `${method} ${path}: ${response.status} ${await response.text()}`,
        response.status,
      );
    return (await response.json()) as T;
  };
  const notion = <T>(method: string, path: string, body?: unknown) =>
    call<T>(method, `/notion${path}`, body);
  const act = (id: string, name: string, body?: object) =>
    notion<NotionPage>("POST", `/pages/${id}/${name}`, body);
  return {
    url,
    call,
    /** The token of an internal connection, shared with everything unless objects are named. */
    token: (
      wanted: {
        token?: string;
        name?: string;
        capabilities?: string[];
        share?: "all" | string[];
      } = {},
    ) => notion<{ token: string; botId: string }>("POST", "/tokens", wanted),
    expireTokens: (botId?: string) => notion("POST", "/tokens/expire", { botId }),
    revokeTokens: (botId?: string) => notion("POST", "/tokens/revoke", { botId }),
    capabilities: (botId: string, capabilities: string[]) =>
      notion("POST", `/bots/${botId}/capabilities`, capabilities),
    client: (wanted: { clientId: string; clientSecret: string; redirectUris: string[] }) =>
      notion("POST", "/clients", wanted),
    person: (name: string, email: string) =>
      notion<{ id: string }>("POST", "/people", { name, email }),
    people: async () =>
      (await notion<{ people: { id: string; name: string; email: string }[] }>("GET", "/people"))
        .people,

    database: (wanted: NewDatabase) => notion<NotionDatabase>("POST", "/databases", wanted),
    databases: async () =>
      (await notion<{ databases: NotionDatabase[] }>("GET", "/databases")).databases,
    databaseAct: (id: string, name: "trash" | "restore" | "share" | "unshare") =>
      notion("POST", `/databases/${id}/${name}`),
    deleteDatabase: (id: string) => notion("DELETE", `/databases/${id}`),
    dataSourceAct: (id: string, name: "trash" | "restore" | "share" | "unshare") =>
      notion("POST", `/data-sources/${id}/${name}`),
    /** By name or id: a type adds or retypes, `{name}` renames, null removes. */
    schema: (dataSource: string, properties: Record<string, string | object | null>) =>
      notion<NotionDataSource>("PATCH", `/data-sources/${dataSource}/properties`, properties),

    /** Many pages at once; `at` is when one was made. */
    seed: async (
      dataSource: string,
      pages: { id?: string; properties: object; at?: string; children?: object[] }[],
    ) =>
      (await notion<{ ids: string[] }>("POST", `/data-sources/${dataSource}/pages`, { pages })).ids,
    /** Generated pages: a title, and a time in the first date property there is. */
    bulk: async (dataSource: string, wanted: { count: number; prefix?: string; from?: string }) =>
      (await notion<{ ids: string[] }>("POST", `/data-sources/${dataSource}/pages`, wanted)).ids,
    create: (dataSource: string, properties: object) =>
      notion<NotionPage>("POST", "/acts", { do: "create", dataSource, properties }),
    /** A page in no table, below another or at the top of the workspace. */
    loosePage: (title: string, page?: string) =>
      notion<NotionPage>("POST", "/pages", { title, ...(page !== undefined && { page }) }),
    page: (id: string) => notion<NotionPage>("GET", `/pages/${id}`),
    edit: (id: string, properties: object) =>
      notion<NotionPage>("PATCH", `/pages/${id}`, { properties }),
    trash: (id: string) => act(id, "trash"),
    restore: (id: string) => act(id, "restore"),
    /** A copy with every property of the original, under an id of its own. */
    duplicate: (id: string) => act(id, "duplicate"),
    move: (id: string, dataSource: string) => act(id, "move", { dataSource }),
    share: (id: string) => act(id, "share"),
    unshare: (id: string) => act(id, "unshare"),
    /** For good, past the trash. */
    delete: (id: string) => notion("DELETE", `/pages/${id}`),
    blocks: (id: string, blocks: object[]) =>
      notion<NotionPage>("POST", `/pages/${id}/blocks`, blocks),
    /** Every row, trashed ones among it. */
    dump: async (dataSource: string) =>
      (await notion<{ pages: NotionPage[] }>("GET", `/data-sources/${dataSource}/pages`)).pages,
    living: async (dataSource: string) =>
      (
        await notion<{ pages: NotionPage[] }>(
          "GET",
          `/data-sources/${dataSource}/pages?living=true`,
        )
      ).pages,

    settings: (settings: object) => notion("POST", "/settings", settings),
    hook: (hook: NotionHook) => notion<{ id: string }>("POST", "/hooks", hook),
    hooks: async () =>
      (
        await notion<{
          hooks: { rule: NotionHook; matched: number; given: number; problem?: string }[];
        }>("GET", "/hooks")
      ).hooks,
    /** Values of persons that a connection has replaced without having read them. */
    overwritten: async () =>
      (
        await notion<{ overwritten: { page: string; property: string; value: unknown }[] }>(
          "GET",
          "/overwritten",
        )
      ).overwritten,
    noHooks: () => notion("DELETE", "/hooks"),
    /** Every cursor given so far is refused from now on. */
    expireCursors: () => notion("POST", "/cursors/expire"),
    subscribe: (address: string, types: string[] = []) =>
      notion<NotionWebhook>("POST", "/webhooks", { url: address, types }),
    unsubscribe: (id: string) => notion("DELETE", `/webhooks/${id}`),
    webhooks: (mode: WebhookMode) => notion("POST", "/webhooks/mode", mode),

    reset: () => call("POST", "/reset"),
    clock: (offsetMs: number) => call("POST", "/clock", { offsetMs }),
    fault: (rule: Fault) => call<{ id: string }>("POST", "/faults", rule),
    noFaults: () => call("DELETE", "/faults"),
    counters: () => call<NotionCounts>("GET", "/counters"),
    requests: async (since = 0) =>
      (await call<{ requests: LoggedRequest[] }>("GET", `/requests?since=${since}`)).requests,
  };
}

/** The pretend Notion refused what a person tried, or there was nothing to do it to. */
export class NotionRefuses extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}
