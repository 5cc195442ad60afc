import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openapi } from "../../api/openapi.ts";
import { routes } from "../../api/routes.ts";
import type { Role } from "../../db/api-keys.ts";
import { type Company, meeting, type Reply, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let other: Company;

beforeAll(async () => {
  api = await startApi();
  company = await api.company("One");
  other = await api.company("Two");
});
afterAll(() => api.stop());

const ranks: Record<Role, number> = { member: 1, admin: 2, owner: 3 };
const guarded = routes.filter((route) => route.role !== "public");
const addressOf = (path: string, id: string) => path.replaceAll(/:\w+/g, id);

describe("roles", () => {
  test("every route has a role and words", () => {
    for (const { role, summary, answers } of routes) {
      expect(["public", "member", "admin", "owner"]).toContain(role);
      expect(summary).toBeTruthy();
      expect(Object.keys(answers)).not.toHaveLength(0);
    }
  });

  test("the public routes are these and no others", () => {
    expect(
      routes
        .filter((route) => route.role === "public")
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual([
      "get /api/oauth/google/callback",
      "get /api/oauth/notion/callback",
      "get /api/slack/commands",
      "get /healthz",
      "get /manage.css",
      "get /manage/:token",
      "get /openapi.json",
      "get /problems/:code",
      "get /readyz",
      "post /api/calendar/webhooks/google",
      "post /api/calendar/webhooks/notion/:secret",
      "post /api/slack/commands",
      "post /api/webhooks/kiotviet/:channelId",
      "post /manage/:token/cancel",
      "post /manage/:token/move",
    ]);
  });

  test.each(guarded.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s lets in its role and those above",
    async (_name, route) => {
      const address = addressOf(route.path, randomUUID());
      // A query that no route knows ends every allowed request before it does anything.
      const reply = (key?: string) =>
        send(api, route.method.toUpperCase(), `${address}?nonsense=1`, { key });
      expect((await reply()).status).toBe(401);
      expect((await reply("syncline_wrong")).status).toBe(401);
      for (const role of ["member", "admin", "owner"] as const) {
        const isAllowed = ranks[role] >= ranks[route.role as Role];
        expect([role, (await reply(company.keys[role])).status]).toEqual([
          role,
          isAllowed ? 400 : 403,
        ]);
      }
    },
  );

  test("a key works in either header, and no longer once it is revoked", async () => {
    const made = await send(api, "POST", "/api/keys", {
      key: company.keys.owner,
      body: { name: "phone", role: "member" },
    });
    const { id, key } = made.body as unknown as { id: string; key: string };
    expect(key).toMatch(/^syncline_[\w-]{43}$/);
    expect((await send(api, "GET", "/api/events", { headers: { "x-api-key": key } })).status).toBe(
      200,
    );
    expect((await send(api, "DELETE", `/api/keys/${id}`, { key: company.keys.owner })).status).toBe(
      204,
    );
    expect((await send(api, "GET", "/api/events", { key })).status).toBe(401);
    const listed = await send(api, "GET", "/api/keys", { key: company.keys.owner });
    expect(listed.text).not.toContain(key);
    expect(listed.text).not.toContain("hash");
  });

  test("the last owner's key cannot be revoked", async () => {
    const third = await api.company("Three");
    const [row] = await api.sql<{ id: string }>(
      "select id from api_keys where company_id = $1 and role = 'owner'",
      [third.id],
    );
    expect(
      (await send(api, "DELETE", `/api/keys/${row?.id}`, { key: third.keys.owner })).status,
    ).toBe(409);
  });
});

/** What is sent where an empty request would be refused before anything is looked for. */
const fitting: Record<string, { body: object }> = {
  "post /api/connections/:id/credentials": { body: { entered: {} } },
  "post /api/conflicts/:id/resolve": { body: { keep: "local" } },
  "post /api/notification-targets/:id/snooze": { body: { until: null } },
  "post /api/events/:id/conflicts/resolve": {
    body: { connectionId: randomUUID(), fields: { title: "local" } },
  },
};

describe("companies", () => {
  test.each(
    guarded
      .filter((route) => route.path.includes(":id"))
      .map((route) => [`${route.method} ${route.path}`, route] as const),
  )("%s answers another company's id exactly as one that does not exist", async (_name, route) => {
    const theirs = await idsOf(other);
    const reply = (id: string) =>
      send(api, route.method.toUpperCase(), addressOf(route.path, id), {
        key: company.keys.owner,
        headers: { "if-match": '"v1"' },
        ...(fitting[`${route.method} ${route.path}`] ??
          (route.method === "patch" || route.method === "put" ? { body: {} } : {})),
      });
    const unknown = withoutInstance(await reply(randomUUID()));
    expect(unknown.status).toBe(404);
    expect(withoutInstance(await reply("not-an-id"))).toEqual(unknown);
    for (const id of theirs) expect(withoutInstance(await reply(id))).toEqual(unknown);
  });

  test("ids of another company in bodies and queries are refused as unknown ones are", async () => {
    const key = company.keys.owner;
    const tries = (its: Pick<Company, "calendarId" | "connectionId">) => [
      send(api, "POST", "/api/events", { key, body: { ...meeting, calendarId: its.calendarId } }),
      send(api, "GET", `/api/events?calendarId=${its.calendarId}`, { key }),
      send(api, "POST", "/api/connections", {
        key,
        body: { provider: "google-calendar", calendarId: its.calendarId },
      }),
      send(api, "POST", "/api/sync", { key, body: { connectionId: its.connectionId } }),
      send(api, "POST", "/api/schedules", {
        key,
        body: { connectionId: its.connectionId, cadence: { everyMinutes: 5 } },
      }),
      send(api, "PUT", "/api/calendar/webhooks/google", {
        key,
        body: { integrationId: its.connectionId },
      }),
      send(api, "DELETE", `/api/calendar/webhooks/google?integrationId=${its.connectionId}`, {
        key,
      }),
    ];
    const unknown = await Promise.all(
      tries({ calendarId: randomUUID(), connectionId: randomUUID() }),
    );
    const theirs = await Promise.all(tries(other));
    expect(theirs.map(withoutInstance)).toEqual(unknown.map(withoutInstance));
    for (const { status } of theirs) expect([400, 404]).toContain(status);
  });

  test("lists hold the caller's company alone", async () => {
    await send(api, "POST", "/api/events", {
      key: other.keys.member,
      body: { ...meeting, title: "Theirs" },
    });
    for (const route of guarded.filter(
      ({ method, path }) => method === "get" && !path.includes(":"),
    )) {
      const answer = await send(api, "GET", route.path, { key: company.keys.owner });
      for (const id of [other.id, other.calendarId, other.connectionId, "Theirs"])
        expect(answer.text).not.toContain(id);
    }
  });

  async function idsOf(of: Company): Promise<string[]> {
    const session = randomUUID();
    const at = [of.id, of.connectionId];
    await api.sql(
      "insert into sync_sessions (id, company_id, connection_id, status, trigger, triggered_by) values ($3, $1, $2, 'queued', 'manual', 'x')",
      [...at, session],
    );
    const [schedule] = await api.sql<{ id: string }>(
      "insert into schedules (company_id, connection_id, cadence) values ($1, $2, '{\"everyMinutes\":5}') returning id",
      at,
    );
    const [event] = await api.sql<{ id: string }>(
      "insert into events (company_id, calendar_id, title, start_at, end_at) values ($1, $2, 'Theirs', '2026-01-01', '2026-01-02') returning id",
      [of.id, of.calendarId],
    );
    const [target] = await api.sql<{ id: string }>(
      "insert into notification_targets (company_id, kind, name, address, tail) values ($1, 'webhook', 'Theirs', 'sealed', 'tail') returning id",
      [of.id],
    );
    const [key] = await api.sql<{ id: string }>(
      "select id from api_keys where company_id = $1 limit 1",
      [of.id],
    );
    const [subscription] = await api.sql<{ id: string }>(
      "insert into subscriptions (id, company_id, provider, path_hash) values (gen_random_uuid(), $1, 'notion', sha256(gen_random_uuid()::text::bytea)) returning id",
      [of.id],
    );
    const made = [schedule, event, key, subscription, target].map((row) => row?.id);
    return [of.calendarId, of.connectionId, session, ...made].filter((id) => id !== undefined);
  }

  function withoutInstance({ status, body }: Reply) {
    const { instance: _, ...rest } = body;
    return { status, ...rest };
  }
});

describe("the document", () => {
  test("it has every route, and nothing else", async () => {
    const document = (await send(api, "GET", "/openapi.json")).body as unknown as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    expect(document.openapi).toMatch(/^3\.1/);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(
      routes
        .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)
        .toSorted(),
    );
  });

  test("operation ids are unique, and refusals are described", () => {
    const { paths } = openapi(routes, "http://x") as {
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
    };
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, responses } of operations) {
      if (
        !/healthz|readyz|openapi|problems|oauth|webhooksGoogle|webhooksKiotviet|manage|getApiSlack/i.test(
          operationId,
        )
      )
        expect(Object.keys(responses)).toContain("401");
    }
  });

  test("a route that refuses with a page may refuse with a problem as well", () => {
    const { paths } = openapi(routes, "http://x") as {
      paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>;
    };
    const refused = paths["/api/oauth/google/callback"]?.["get"]?.responses["400"];
    expect(Object.keys(refused?.content ?? {})).toEqual(["text/html", "application/problem+json"]);
  });

  test("the page runs nothing inline and loads nothing from elsewhere", async () => {
    const page = await send(api, "GET", "/docs/");
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/<script(?![^>]*src=)|style=|https?:\/\//);
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe-inline");
    for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "start.js"])
      expect((await send(api, "GET", `/docs/${file}`)).status).toBe(200);
  });
});
