import { randomUUID } from "node:crypto";
import { Rejected } from "../../connectors/errors.ts";
import { createNotion } from "../../connectors/notion/index.ts";
import { createConnection } from "../../db/connections.ts";
import { storeGrant } from "../../db/grants.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { markAll } from "../../db/writes.ts";
import { type Connected, type ConnectOptions, spokeOf } from "./connected.ts";
import type { Parts } from "./stack.ts";
import { until } from "./until.ts";

export type NotionSide = Awaited<ReturnType<typeof connectNotion>>;

/** What is mapped, and some that is not. */
const columns = {
  Date: "date",
  Description: "rich_text",
  Location: "rich_text",
  Notes: "rich_text",
  Seats: "number",
} as const;

/** A further connection of a company's calendar, to a database of its own in the pretend Notion. */
export async function connectNotion(
  parts: Parts,
  { companyId, calendarId }: Pick<Connected, "companyId" | "calendarId">,
  options: ConnectOptions = {},
) {
  const { db, notion, key } = parts;
  const database = await notion.database({ title: "Team", properties: columns });
  const table = database.dataSources[0]?.id ?? "";
  const { token, botId } = await notion.token({ share: [database.id] });
  const grant = { accessToken: token, expiresAt: null };
  const connector = createNotion({ apiUrl: notion.url });
  const remote = connector.open({
    settings: connector.checkSettings({ calendarId: table, zone: "Europe/Amsterdam" }),
    grant: async () => grant,
    renewed: async () => grant,
    spend: async () => undefined,
    now: Date.now,
  });
  // What strikes one history strikes whoever asks Notion at that moment, this one among them.
  const settings = await until(
    () =>
      remote.prepare?.(AbortSignal.timeout(10_000)).catch((error: unknown) => {
        if (error instanceof Rejected) throw error;
        return null;
      }) ?? Promise.resolve(null),
  );
  const connectionId = randomUUID();
  await db.withCompany(companyId, async (tx) => {
    await createConnection(tx, {
      id: connectionId,
      companyId,
      calendarId,
      provider: "notion",
      settings,
      policy: options.policy ?? "newest",
    });
    await storeGrant(tx, openKeyRing([key]), connectionId, grant, 0);
    await markAll(tx, connectionId);
  });
  return {
    ...spokeOf(parts, { companyId, connectionId }),
    databaseId: database.id,
    table,
    botId,
    token,
  };
}
