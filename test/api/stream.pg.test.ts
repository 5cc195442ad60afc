import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let session: string;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
  session = randomUUID();
  await api.sql(
    "insert into sync_sessions (id, company_id, connection_id, status, trigger, triggered_by) values ($1, $2, $3, 'running', 'manual', 'x')",
    [session, company.id, company.connectionId],
  );
});
afterAll(() => api.stop());

const log = (message: string) =>
  api.sql(
    "insert into sync_logs (company_id, session_id, level, message) values ($1, $2, 'info', $3)",
    [company.id, session, message],
  );
const finish = () =>
  api.sql("update sync_sessions set status = 'completed', completed_at = now() where id = $1", [
    session,
  ]);

interface Message {
  event: string;
  id: number;
  data: { message?: string; status?: string };
  at: number;
}

/** Reads a stream until it ends or `until` says so. */
async function listen(
  options: { lastEventId?: number; until?: (seen: Message[]) => boolean } = {},
) {
  const abort = new AbortController();
  const answer = await fetch(`${api.url}/api/sessions/${session}/stream`, {
    signal: abort.signal,
    headers: {
      authorization: `Bearer ${company.keys.member}`,
      ...(options.lastEventId !== undefined && { "last-event-id": String(options.lastEventId) }),
    },
  });
  const messages: Message[] = [];
  const done = (async () => {
    let text = "";
    try {
      for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const fields = Object.fromEntries(
            text
              .slice(0, end)
              .split("\n")
              .map((line) => [line.split(":", 1)[0] ?? "", line.slice(line.indexOf(":") + 2)]),
          );
          text = text.slice(end + 2);
          if (fields["event"])
            messages.push({
              event: fields["event"],
              id: Number(fields["id"]),
              data: JSON.parse(fields["data"] ?? "{}"),
              at: performance.now(),
            });
          if (options.until?.(messages)) abort.abort();
        }
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  })();
  return { answer, messages, done };
}

const words = (messages: Message[]) =>
  messages.filter(({ event }) => event === "log").map(({ data }) => data.message);

describe("live progress", () => {
  test("rows arrive at once, and the stream ends with the session", async () => {
    await log("one");
    const stream = await listen();
    expect(stream.answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(stream.answer.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(stream.answer.headers.get("x-accel-buffering")).toBe("no");
    await sleep(100);
    const began = performance.now();
    await log("two");
    await sleep(200);
    await finish();
    await stream.done;
    expect(words(stream.messages)).toEqual(["one", "two"]);
    expect(
      (stream.messages.find(({ data }) => data.message === "two")?.at ?? Infinity) - began,
    ).toBeLessThan(180);
    expect(stream.messages.at(-1)).toMatchObject({ event: "end", data: { status: "completed" } });
  });

  test("whoever was away goes on where they stopped: no gap, nothing twice", async () => {
    for (let n = 0; n < 20; n++) await log(`n${n}`);
    const first = await listen({ until: (seen) => words(seen).length >= 7 });
    await first.done;
    const seen = first.messages.filter(({ event }) => event === "log").slice(0, 7);
    for (let n = 20; n < 30; n++) await log(`n${n}`);
    const second = await listen({ lastEventId: seen.at(-1)?.id ?? 0 });
    await finish();
    await second.done;
    expect([...words(seen), ...words(second.messages)]).toEqual(
      Array.from({ length: 30 }, (_, n) => `n${n}`),
    );
  });

  test("a key that is revoked hears no more", async () => {
    const stream = await listen();
    await log("before");
    await sleep(200);
    await api.sql("update api_keys set revoked_at = now() where company_id = $1", [company.id]);
    await log("after");
    await stream.done;
    expect(words(stream.messages)).toEqual(["before"]);
    expect(stream.messages.at(-1)?.event).not.toBe("end");
  });

  test("a lost LISTEN connection costs nothing that was written meanwhile", async () => {
    const stream = await listen();
    await sleep(100);
    await api.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'syncline listener' and datname = current_database()",
    );
    await log("while deaf");
    await sleep(600);
    expect(words(stream.messages)).toEqual(["while deaf"]);
    await finish();
    await stream.done;
  });

  test("a session that has ended is told whole; more than a batch as well", async () => {
    await api.sql(
      "insert into sync_logs (company_id, session_id, level, message) select $1, $2, 'info', n::text from generate_series(1, 1203) n",
      [company.id, session],
    );
    await finish();
    const stream = await listen();
    await stream.done;
    expect(words(stream.messages)).toHaveLength(1203);
  });

  test("logs are pages too, and ids that are none are refused", async () => {
    await log("one");
    const key = company.keys.member;
    const page = await send(api, "GET", `/api/sessions/${session}/logs?limit=1`, { key });
    expect(page.body["data"]).toMatchObject([{ message: "one", level: "info" }]);
    const list = await send(api, "GET", "/api/sessions?limit=1", { key });
    expect(list.body).toMatchObject({
      data: [{ id: session, status: "running" }],
      nextCursor: null,
    });
    const bad = await send(api, "GET", `/api/sessions/${session}/stream`, {
      key,
      headers: { "last-event-id": "x" },
    });
    expect(bad.status).toBe(400);
  });
});
