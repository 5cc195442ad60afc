import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { InvalidResponse, Unavailable } from "../../connectors/errors.ts";
import { clockOffset, type HttpAnswer, parseJson, send } from "../../connectors/http.ts";
import { json, never, type Reply, scripted } from "./scripted.ts";

async function get(reply: Reply, given: { signal?: AbortSignal; timeoutMs?: number } = {}) {
  const { address } = await scripted(reply);
  const limits = { signal: never, timeoutMs: 2_000, maxBytes: 1_000_000, now: Date.now, ...given };
  return send({ name: "test", url: `${address}/?token=SECRET`, method: "GET" }, limits);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function failure(run: Promise<unknown>): Promise<Error> {
  const error = await run.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown as Error,
  );
  expect(JSON.stringify([error.message, error.cause ?? null, { ...error }])).not.toContain(
    "SECRET",
  );
  return error;
}

describe("an exchange that ends badly is named for its recovery (F33, F34)", () => {
  const trickle: Reply = (_seen, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
  };

  test("a body that trickles in meets the deadline", async () => {
    expect(await failure(get(trickle, { timeoutMs: 150 }))).toEqual(
      new Unavailable("test: no complete answer within 150 ms"),
    );
  });

  test("an answer that never begins meets the deadline", async () => {
    expect(await failure(get(() => {}, { timeoutMs: 100 }))).toBeInstanceOf(Unavailable);
  });

  test("a caller that stops is told so", async () => {
    const error = await failure(get(trickle, { signal: AbortSignal.timeout(50) }));
    expect(error).toEqual(new Unavailable("test: stopped by the caller"));
  });

  test("an endless body meets the cap", async () => {
    const endless: Reply = (_seen, response) => {
      response.writeHead(200);
      const chunk = "x".repeat(100_000);
      const more = () => void response.write(chunk, () => setImmediate(more));
      more();
    };
    expect(await failure(get(endless))).toBeInstanceOf(InvalidResponse);
  });

  test("a small body that unfolds into a large one meets the cap", async () => {
    const bomb: Reply = (_seen, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(Buffer.alloc(50_000_000)));
    };
    expect(await failure(get(bomb))).toBeInstanceOf(InvalidResponse);
  });

  test("bytes that are no UTF-8, or no gzip, come from somebody else", async () => {
    const latin: Reply = (_seen, response) => response.end(Buffer.from([0x22, 0xe9, 0x22]));
    expect(await failure(get(latin))).toBeInstanceOf(InvalidResponse);
    const garbled: Reply = (_seen, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end("this is no gzip");
    };
    expect(await failure(get(garbled))).toBeInstanceOf(InvalidResponse);
  });

  test("a connection that is refused, reset or cut short is unavailable", async () => {
    expect(await failure(get((_seen, response) => void response.destroy()))).toBeInstanceOf(
      Unavailable,
    );
    const cut: Reply = (_seen, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    };
    expect(await failure(get(cut))).toBeInstanceOf(Unavailable);
    const request = {
      name: "test",
      url: `http://127.0.0.1:${await freePort()}/?a=SECRET`,
      method: "GET",
    };
    const limits = { signal: never, timeoutMs: 2_000, maxBytes: 1_000, now: Date.now };
    expect(await failure(send(request, limits))).toEqual(new Unavailable("test: ECONNREFUSED"));
  });

  test("HTML and truncated JSON are not JSON, whatever the status says", async () => {
    for (const text of ["<html>SECRET</html>", '{"items":[{"summary":"SECRET', ""]) {
      const answer = await get(json(text));
      expect(await failure((async () => parseJson(answer, "test"))())).toBeInstanceOf(
        InvalidResponse,
      );
    }
  });
});

test("a redirect is an answer and is not followed with our token", async () => {
  const answer = await get((_seen, response) => {
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
  });
  expect(answer.status).toBe(302);
});

describe("the provider's clock", () => {
  const at = (date: string | null, sentAt: number, receivedAt: number): HttpAnswer => ({
    status: 200,
    headers: new Headers(date === null ? {} : { date }),
    text: "",
    sentAt,
    receivedAt,
  });
  const noon = Date.UTC(2026, 2, 2, 12);
  const date = "Mon, 02 Mar 2026 12:00:00 GMT";

  test("is ours when whole seconds and the way there and back explain the difference", () => {
    expect(clockOffset(at(date, noon + 900, noon + 1_400))).toBe(0);
    expect(clockOffset(at(date, noon - 40, noon - 10))).not.toBe(0);
  });

  test("is off by the middle of what it can be off by", () => {
    expect(clockOffset(at(date, noon - 86_400_000, noon - 86_400_000))).toBe(86_400_500);
    expect(clockOffset(at(null, noon, noon))).toBeNull();
    expect(clockOffset(at("yesterday", noon, noon))).toBeNull();
  });
});
