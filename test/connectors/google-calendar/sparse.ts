import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Stands before a pretend Google and lets through only what its guides promise: no `Date`, no zone of
 * the calendar, no time of change, no status where it is the usual one, and of a deleted event its id.
 */
export async function sparse(url: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void forward(url, request).then(({ status, text }) => {
      response.sendDate = false;
      response.writeHead(status, text === "" ? {} : { "content-type": "application/json" });
      response.end(text);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function forward(
  url: string,
  request: IncomingMessage,
): Promise<{ status: number; text: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { authorization = "", "if-match": version } = request.headers;
  const answer = await fetch(url + request.url, {
    method: request.method ?? "GET",
    headers: { authorization, ...(version !== undefined && { "if-match": version }) },
    body: chunks.length > 0 ? Buffer.concat(chunks) : null,
  });
  const text = await answer.text();
  if (!answer.ok || text === "") return { status: answer.status, text };
  return { status: answer.status, text: JSON.stringify(thin(JSON.parse(text))) };
}

function thin(answer: Record<string, unknown>): unknown {
  const { items, nextPageToken, nextSyncToken } = answer;
  return Array.isArray(items)
    ? { items: items.map(thinEvent), nextPageToken, nextSyncToken }
    : thinEvent(answer);
}

const unpromised = ["kind", "created", "updated", "creator", "organizer", "sequence", "eventType"];

function thinEvent(event: Record<string, unknown>): unknown {
  const { id, status, recurringEventId, originalStartTime } = event;
  if (status === "cancelled")
    return originalStartTime === undefined
      ? { id, status }
      : { id, status, etag: event["etag"], recurringEventId, originalStartTime };
  return Object.fromEntries(
    Object.entries(event).filter(
      ([name, value]) =>
        !unpromised.includes(name) && !(name === "status" && value === "confirmed"),
    ),
  );
}
