import type { Connector, OpenConnection, Settings } from "../../../connectors/connector.ts";
import { createNotion } from "../../../connectors/notion/index.ts";
import { createSandbox, listen } from "../../../sandbox/app.ts";
import type { EventItem } from "../../../sync/event.ts";
import { type Notion, notionAt, type NotionDatabase } from "../../support/notion.ts";
import type { Rig } from "../contract.ts";
import { never } from "../scripted.ts";

/** The properties that the connector maps, and some that it does not. */
export const columns = {
  Date: "date",
  Description: "rich_text",
  Location: "rich_text",
  Notes: "rich_text",
  Seats: "number",
  Guests: "people",
  Mood: "select",
};

/** The sandbox's Notion over real HTTP, with one database that is shared with one connection. */
export interface NotionRig extends Rig {
  notion: Notion;
  address: string;
  database: NotionDatabase;
  /** Id of the one data source. */
  table: string;
  botId: string;
  connection: OpenConnection & { spent: number[] };
  connect(settings?: Settings, connector?: Connector<EventItem>): OpenConnection;
  /** The clock of Notion goes on. */
  pass(ms: number): Promise<void>;
}

export const minute = 60_000;

export function title(content: string) {
  return { title: [{ text: { content } }] };
}

export function text(content: string) {
  return { rich_text: [{ text: { content } }] };
}

export function dated(start: string, end: string | null = null) {
  return { date: { start, end } };
}

/** What a person makes: a page with everything that the connector does not map. */
export function theirs(name: string) {
  return {
    Name: title(name),
    Date: dated("2026-03-02T12:00:00+01:00", "2026-03-02T13:00:00+01:00"),
    Seats: { number: 7 },
    Mood: { select: { name: "fine" } },
  };
}

export async function openNotion(
  { pageSize = 2, timeoutMs = 5_000, settleMs = 50 } = {},
  given: Settings = {},
): Promise<NotionRig> {
  const server = await listen(createSandbox());
  const notion = notionAt(server.url);
  const database = await notion.database({ title: "Team", properties: columns });
  const table = database.dataSources[0]?.id ?? "";
  const { token, botId } = await notion.token();
  const connector = createNotion({ apiUrl: server.url, pageSize, timeoutMs, settleMs });
  let offset = 0;
  const connect = (settings: Settings = {}) => {
    const spent: number[] = [];
    return {
      settings,
      spent,
      grant: async () => ({ accessToken: token, expiresAt: null }),
      renewed: async () => ({ accessToken: token, expiresAt: null }),
      spend: async (units: number) => void spent.push(units),
      now: () => Date.now() + offset,
    };
  };
  const unprepared = connect(connector.checkSettings({ calendarId: table, ...given }));
  const settings = (await connector.open(unprepared).prepare?.(never)) ?? {};
  const connection = connect(settings);
  const pass = async (ms: number) => {
    offset += ms;
    await notion.clock(offset);
  };
  return {
    connector,
    connection,
    connect,
    notion,
    database,
    table,
    botId,
    address: server.url,
    pass,
    open: () => connector.open(connection),
    person: {
      add: async (name) => (await notion.create(table, theirs(name))).id,
      rename: async (id, name) => void (await notion.edit(id, { Name: title(name) })),
      remove: async (id) => void (await notion.trash(id)),
    },
    later: () => pass(5 * minute),
    oneZone: true,
    unmapped: async (id) => {
      const { properties, blocks } = await notion.page(id);
      const { Seats, Guests, Mood } = properties;
      return { Seats, Guests, Mood, blocks };
    },
    close: () => server.close(),
  };
}
