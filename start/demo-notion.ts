import { z } from "zod";
import type { DemoOptions } from "./demo.ts";
import { demoPages } from "./demo-events.ts";
import { callJson, HttpProblem, sendOnce } from "./http-json.ts";

const database = "00000000-0000-4000-8000-0000000000d1";
const dataSource = "00000000-0000-4000-8000-0000000000d2";
const columns = {
  Date: "date",
  Description: "rich_text",
  Location: "rich_text",
  Notes: "rich_text",
};

const token = z.object({ token: z.string() });
const connection = z.object({ id: z.string() });
const subscription = z.object({ id: z.string(), address: z.string() });
const webhooks = z.object({
  subscriptions: z.array(z.object({ id: z.string(), url: z.string() })),
});

export async function seedNotion(sandboxUrl: string): Promise<void> {
  const notion = `${sandboxUrl}/sandbox/notion`;
  const wanted = { id: database, title: "Team", dataSourceId: dataSource, properties: columns };
  await sendOnce(`${notion}/databases`, "POST", wanted);
  for (const page of demoPages(new Date()))
    await sendOnce(`${notion}/data-sources/${dataSource}/pages`, "POST", { pages: [page] });
}

/** Answers the connection. */
export async function connectNotion(
  options: DemoOptions,
  of: { calendarId: string; key: string },
): Promise<string> {
  const body = { name: "Syncline" };
  const given = await callJson(`${options.sandboxUrl}/sandbox/notion/tokens`, {
    method: "POST",
    body,
  });
  const answer = await callJson(`${options.apiUrl}/api/connections`, {
    method: "POST",
    key: options.apiKey,
    body: {
      provider: "notion",
      calendarId: of.calendarId,
      remoteCalendarId: database,
      credentials: { accessToken: token.parse(given).token },
    },
  });
  return connection.parse(answer).id;
}

/**
 * Has the pretend Notion send its signals to where the API is now, as a person does by hand. Answers the
 * subscription: the one there is, unless the API has moved since.
 */
export async function hearNotion(options: DemoOptions, known?: string): Promise<string> {
  const { apiUrl, apiKey: key, sandboxUrl } = options;
  const there = `${sandboxUrl}/sandbox/notion/webhooks`;
  const { subscriptions } = webhooks.parse(await callJson(there));
  if (known !== undefined && subscriptions.some(({ url }) => url.startsWith(`${apiUrl}/`)))
    return known;
  // What was entered before points to where the API was.
  for (const { id, url } of subscriptions)
    if (url.includes("/api/calendar/webhooks/notion/")) await forget(`${there}/${id}`);
  if (known !== undefined) await forget(`${apiUrl}/api/subscriptions/${known}`, key);
  const body = { provider: "notion" };
  const made = await callJson(`${apiUrl}/api/subscriptions`, { method: "POST", key, body });
  const { id, address } = subscription.parse(made);
  const url = new URL(new URL(address).pathname, apiUrl).href;
  await callJson(there, { method: "POST", body: { url } });
  await callJson(`${apiUrl}/api/subscriptions/${id}/confirm`, { method: "POST", key });
  return id;
}

async function forget(url: string, key?: string): Promise<void> {
  try {
    await callJson(url, { method: "DELETE", ...(key !== undefined && { key }) });
  } catch (error) {
    if (!(error instanceof HttpProblem && error.status === 404)) throw error;
  }
}
