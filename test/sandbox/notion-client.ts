import { APIResponseError, Client, isFullPage, type PageObjectResponse } from "@notionhq/client";
import { createSandbox, type Listening, listen, type Sandbox } from "../../sandbox/app.ts";
import { type Notion, notionAt, type NotionDatabase } from "../support/notion.ts";

export interface Running {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly listening: Listening;
  readonly notion: Notion;
  /** The official client, signed in as a connection to which everything is shared. */
  readonly api: Client;
  readonly token: string;
  readonly botId: string;
  readonly database: NotionDatabase;
  /** The one table of the database. */
  readonly table: string;
}

export const COLUMNS = {
  When: "date",
  Notes: "rich_text",
  Place: "select",
  State: "status",
  Labels: "multi_select",
  Seats: "number",
  Done: "checkbox",
  Guests: "people",
  Link: "url",
  Mail: "email",
  Phone: "phone_number",
  Made: "created_time",
  Edited: "last_edited_time",
  Formula: "formula",
};

export function clientOf(url: string, token: string): Client {
  return new Client({
    auth: token,
    baseUrl: url,
    notionVersion: "2025-09-03",
    retry: false,
    logger: () => undefined,
  });
}

/** A sandbox on a free port with one database, and the real client signed in to it. */
export async function start(): Promise<Running> {
  const sandbox = createSandbox();
  const listening = await listen(sandbox);
  const { url } = listening;
  const notion = notionAt(url);
  const { token, botId } = await notion.token({ token: "ntn_test" });
  const database = await notion.database({ title: "Team", properties: COLUMNS });
  const table = database.dataSources[0]?.id ?? "";
  return {
    url,
    sandbox,
    listening,
    notion,
    api: clientOf(url, token),
    token,
    botId,
    database,
    table,
  };
}

export function title(content: string) {
  return { title: [{ text: { content } }] };
}

export function text(content: string) {
  return { rich_text: [{ text: { content } }] };
}

/** Makes a page through the API. */
export async function make(now: Running, properties: object): Promise<PageObjectResponse> {
  return full(
    await now.api.pages.create({
      parent: { type: "data_source_id", data_source_id: now.table },
      properties: properties as never,
    }),
  );
}

export async function change(
  now: Running,
  pageId: string,
  properties: object,
): Promise<PageObjectResponse> {
  return full(await now.api.pages.update({ page_id: pageId, properties: properties as never }));
}

export async function read(now: Running, pageId: string): Promise<PageObjectResponse> {
  return full(await now.api.pages.retrieve({ page_id: pageId }));
}

/** A whole answer; anything partial is a failure here. */
export function full(answer: Parameters<typeof isFullPage>[0]): PageObjectResponse {
  if (!isFullPage(answer)) throw new Error("The answer is no whole page.");
  return answer;
}

/** The value of a property as the page shows it. */
export function valueOf(page: { properties: object }, name: string): unknown {
  const property = (page.properties as Record<string, Record<string, unknown>>)[name];
  return property?.[String(property["type"])];
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What a call was refused with; a call that succeeds is a failure here. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof APIResponseError)) throw error;
    return { status: error.status, code: error.code, message: error.message };
  }
  throw new Error("The call was not refused.");
}

/** A call past the client, with the usual headers unless they are taken away. */
export async function raw(
  now: Running,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string | undefined> } = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown>; text: string }> {
  const wanted = {
    authorization: `Bearer ${now.token}`,
    "notion-version": "2025-09-03",
    ...(body !== undefined && { "content-type": "application/json" }),
    ...headers,
  };
  const kept = Object.entries(wanted).filter(([, value]) => value !== undefined);
  const response = await fetch(`${now.url}/v1${path}`, {
    method,
    headers: Object.fromEntries(kept) as Record<string, string>,
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const answer = await response.text();
  const json = answer.startsWith("{") ? (JSON.parse(answer) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, body: json, text: answer };
}
