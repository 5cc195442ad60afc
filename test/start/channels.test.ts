import { createServer } from "node:http";
import { expect, test } from "vitest";
import { moveChannels } from "../../start/channels.ts";

test("each connection with a push channel gets one that finds the API where it is now", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      if (request.method === "PUT")
        asked.push(`${request.url} ${body} ${request.headers.authorization}`);
      const data = [
        { id: "watched", webhookId: "channel" },
        { id: "polled", webhookId: null },
      ];
      response.end(JSON.stringify({ success: true, data }));
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  expect(await moveChannels(`http://127.0.0.1:${port}`, "key")).toBe(1);
  server.close();
  expect(asked).toEqual(['/api/calendar/webhooks/google {"integrationId":"watched"} Bearer key']);
});
