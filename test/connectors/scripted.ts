import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { Grant, OpenConnection } from "../../connectors/connector.ts";

/** A server that answers as a test says, for what no well-behaved provider does. */
export interface Seen {
  method: string;
  url: URL;
  headers: IncomingMessage["headers"];
  body: string;
}
export type Reply = (seen: Seen, response: ServerResponse) => void;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Answers the requests in turn; the last reply stays. */
export async function scripted(...replies: Reply[]): Promise<{ address: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://x");
      const body = Buffer.concat(chunks).toString();
      seen.push({ method: request.method ?? "", url, headers: request.headers, body });
      replies[Math.min(seen.length, replies.length) - 1]?.(seen.at(-1) as Seen, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return (_seen, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

export function refusal(
  status: number,
  reason: string,
  headers: Record<string, string> = {},
): Reply {
  const message = "SECRET";
  return json({ error: { errors: [{ reason, message }], code: status, message } }, status, headers);
}

/** A connection whose token is `token-1`, then `token-2` and so on; it counts what was asked of it. */
export function connection(settings = { calendarId: "c@example.test" }) {
  const spent: number[] = [];
  const refused: string[] = [];
  const grant = (): Grant => ({ accessToken: `token-${refused.length + 1}`, expiresAt: Infinity });
  const given: OpenConnection = {
    settings,
    grant: async () => grant(),
    renewed: async (token) => {
      refused.push(token);
      return grant();
    },
    spend: async (units) => void spent.push(units),
    now: () => Date.now(),
  };
  return { ...given, spent, refused };
}

export const never = new AbortController().signal;

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}
