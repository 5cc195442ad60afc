import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { apiKey, type Stack, startStack } from "../support/stack.ts";
import { asText, runsOn } from "../support/temporal-histories.ts";
import { until } from "../support/until.ts";

const clientSecret = `client-secret-${randomBytes(12).toString("hex")}`;
/** Begins every text that a person writes in this file. */
const planted = `planted${randomBytes(6).toString("hex")}`;
/** Where events live, with all that was ever said of them. Nowhere else is a word of theirs. */
const mayHoldTexts = ["events", "links", "intents", "changes", "conflicts", "idempotency_keys"];

let stack: Stack;
let team: Connected;
let tokens: string[];

const text = (name: string) => ({
  summary: `${planted} ${name}`,
  description: `${planted} about ${name}`,
  location: `${planted} room`,
});
const day = { start: { date: "2026-12-01" }, end: { date: "2026-12-02" } };
const insert = (name: string) =>
  stack.psql(
    `insert into events (company_id, calendar_id, title, description, location, start_at, end_at)
     values ($1, $2, $3, $3 || ' about', $3 || ' room', '2026-12-02 10:00', '2026-12-02 11:00')`,
    [team.companyId, team.calendarId, `${planted} ${name}`],
  );

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    env: { LOG_LEVEL: "trace", GOOGLE_CLIENT_SECRET: clientSecret },
  });
  const owner = await ownerOf(stack);
  team = await stack.connect({ companyId: owner.companyId, watchable: true });
  await live(owner);
  const last = await team.grant();
  const channels = await stack.google.call<{ channels: { token: string }[] }>("GET", "/channels");
  tokens = [
    team.tokens.accessToken,
    team.tokens.refreshToken,
    last?.accessToken ?? "",
    channels.channels[0]?.token ?? "",
  ];
});
afterAll(() => stack?.stop());

/** A life full of misfortune: whatever goes wrong must be told without telling what it was about. */
async function live(owner: Awaited<ReturnType<typeof ownerOf>>): Promise<void> {
  const { google } = stack;
  const path = encodeURIComponent(team.googleCalendar);
  const made = await google.create(team.googleCalendar, { ...text("made in Google"), ...day });
  await google.create(team.googleCalendar, { ...text("unstorable \u0000"), ...day });
  await google
    .create(team.googleCalendar, {
      ...text("unreadable"),
      ...day,
      recurrence: ["RRULE:FREQ=YEARLY;BYEASTER=1"],
    })
    .catch(() => undefined);
  await team.sync();
  await google.fault({ match: { method: "POST", path }, status: 400, reason: "invalid" });
  await insert("refused");
  await until(
    async () => (await stack.psql("select 1 from writes where state = 'failed'")).length > 0,
  );
  await google.fault({
    match: { method: "POST", path },
    phase: "after",
    kind: "body",
    body: "truncated",
  });
  await insert("answered by half");
  await google.fault({
    match: { method: "GET", path },
    phase: "after",
    kind: "body",
    body: "truncated",
  });
  await google.fault({ match: { method: "GET", path }, kind: "body", body: "html", nth: 2 });
  await google.patch(team.googleCalendar, made.id, { summary: `${planted} patched` });
  await google.expireAccess(team.email);
  await google.fault({ match: { path: "/token" }, status: 500 });
  await team.sync();
  await stack.psql("alter table changes rename to changes_away");
  await google.patch(team.googleCalendar, made.id, {
    summary: `${planted} where the database refuses`,
  });
  const { sessionId } = await team.ring();
  await until(async () => stack.logs().includes("into changes"));
  await stack.psql("alter table changes_away rename to changes");
  await until(
    async () =>
      (
        await stack.psql("select 1 from sync_sessions where id = $1 and status = 'completed'", [
          sessionId,
        ])
      ).length > 0,
  );
  await owner.call("POST", "/events", {
    title: `${planted} by API`,
    startDateTime: "2026-12-03T10:00:00Z",
    endDateTime: "2026-12-03T11:00:00Z",
    calendarId: team.calendarId,
  });
  await owner.call("POST", "/events", {
    title: `${planted} malformed`,
    startDateTime: `${planted} soon`,
  });
  await owner.call("POST", "/events", `{"title":"${planted} no JSON`);
  await fetch(
    `${stack.apiUrl}/api/events?title=${planted}&access_token=${team.tokens.accessToken}`,
    { headers: { "x-api-key": apiKey } },
  );
  await stack.psql(
    "update events set title = title || ' and ' || repeat('long ', 100000) where title like '%by API'",
  );
  await team.quiescent();
}

describe("what nobody may read", () => {
  it("is in no line that worker or API have written", () => {
    const output = stack.logs();
    for (const secret of [
      ...tokens,
      clientSecret,
      apiKey,
      planted,
      stack.key.split(":")[1] ?? "",
    ]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(linesWith(output, secret)).toEqual([]);
    }
    expect(output).toContain("Postgres refused a statement");
    expect(output).toContain("request completed");
  });

  it("is in no Temporal history, be it in a payload, a failure or a summary", async () => {
    const runs = await until(async () => {
      const found = await runsOn(stack.temporal, stack.name);
      return (
        found.some(({ type }) => type === "syncConnection") &&
        found.some(({ type }) => type === "sweep") &&
        found
      );
    });
    const histories = runs.map(({ history }) => asText(history)).join("\n");
    // In a payload, quotes are escaped: the search looks into them.
    expect(histories).toContain(`\\"connectionId\\":\\"${team.connectionId}\\"`);
    for (const secret of [...tokens, clientSecret, apiKey, planted])
      expect(histories.includes(secret)).toBe(false);
    expect(histories).toContain("Postgres refused a statement");
  });

  it("is not in clear in the database, and no text of an event is outside the tables of events", async () => {
    const tables = await stack.psql<{ name: string }>(
      "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    );
    expect(tables.length).toBeGreaterThan(15);
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = (await stack.psql<{ row: string }>(`select t::text as row from "${name}" t`))
        .map(({ row }) => row)
        .join("\n");
      for (const secret of [...tokens, clientSecret, apiKey])
        if (rows.includes(secret)) found.push(`${name} holds a secret`);
      if (rows.includes(planted) && !mayHoldTexts.includes(name))
        found.push(`${name} holds an event's text`);
    }
    expect(found).toEqual([]);
    expect(
      await stack.psql("select 1 from events where title like $1", [`${planted}%`]),
    ).not.toHaveLength(0);
  });
});

const linesWith = (output: string, secret: string) =>
  output.split("\n").filter((line) => line.includes(secret));
