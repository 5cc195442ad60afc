import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../api/app.ts";
import { type Running, start } from "../sandbox/sinks-client.ts";
import { until } from "../support/until.ts";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

const secret = "made-up-signing-secret";

let api: TestApi;
let slack: Running;
let company: Company;
let team: string;

beforeAll(async () => {
  api = await startApi();
  slack = await start();
  Object.assign(api.deps.config, {
    SLACK_SIGNING_SECRET: secret,
    NOTIFY_ALLOWED_HOSTS: [new URL(slack.url).host],
  });
});
beforeEach(async () => {
  company = await api.company();
  team = `T${randomUUID().replaceAll("-", "").toUpperCase()}`;
  api.rings.length = 0;
  api.signals.length = 0;
  await slack.control("DELETE", "/messages").catch(() => {});
});
afterAll(async () => {
  await slack.listening.close();
  await api.stop();
});

interface Sent {
  id: string;
  answer: {
    status: number | null;
    body: string;
    durationMs: number;
    shown: { as: string; text: string };
  };
}

/** Typed into the pretend Slack. */
const typed = (text: string, more: object = {}): Promise<Sent> =>
  slack.control("POST", "/slack/command", {
    url: `${api.url}/api/slack/commands`,
    secret,
    team_id: team,
    user_id: "U42",
    text,
    ...more,
  });
const shown = async (text: string, more: object = {}): Promise<string> => {
  const { answer } = await typed(text, more);
  expect([answer.status, answer.shown.as]).toEqual([200, "ephemeral"]);
  return answer.shown.text;
};
const connectTeam = (body: object = { role: "member" }, key = company.keys.admin) =>
  send(api, "PUT", `/api/slack/teams/${team}`, { key, body });
const laterTexts = async (): Promise<string[]> =>
  (await slack.messages("?sink=slack&accepted=true"))
    .filter(({ address }) => address.includes(team))
    .map(({ content }) => String(content["text"]));

describe("workspaces", () => {
  test("are connected, shown and disconnected by an admin, each for one company", async () => {
    expect((await connectTeam({ role: "admin" }, company.keys.member)).status).toBe(403);
    expect((await connectTeam({ role: "owner" })).status).toBe(400);
    const made = await connectTeam({ role: "member", userIds: ["U1"] });
    expect(made.body).toMatchObject({
      teamId: team,
      role: "member",
      userIds: ["U1"],
      madeBy: "admin",
    });
    expect((await connectTeam({ role: "admin" })).body).toMatchObject({
      role: "admin",
      userIds: null,
    });
    const other = await api.company();
    expect((await connectTeam({ role: "admin" }, other.keys.admin)).status).toBe(409);
    const list = (key: string) => send(api, "GET", "/api/slack/teams", { key });
    expect((await list(company.keys.admin)).body["data"]).toMatchObject([{ teamId: team }]);
    expect((await list(other.keys.admin)).body["data"]).toEqual([]);
    const gone = (key: string) => send(api, "DELETE", `/api/slack/teams/${team}`, { key });
    expect((await gone(other.keys.admin)).status).toBe(404);
    expect((await gone(company.keys.admin)).status).toBe(204);
    expect(await shown("status")).toContain("is not connected");
  });

  test("that nobody has connected get one clear answer, and nothing is done", async () => {
    expect(await shown("now google-calendar")).toMatch(/^This workspace \(T\w+\) is not connected/);
    await sleep(50);
    expect([api.rings, await laterTexts()]).toEqual([[], []]);
  });

  test("let only those use the command who are on their list", async () => {
    await connectTeam({ role: "admin", userIds: ["U1"] });
    expect(await shown("now google-calendar")).toContain("not among those");
    expect(api.rings).toEqual([]);
    expect(await shown("now google-calendar", { user_id: "U1" })).toContain("Syncing");
  });
});

describe("what is not Slack's", () => {
  test.each([{ signature: "wrong" }, { signature: null }, { signature: "v0=é" }])(
    "is refused before anything is read: %o",
    async (more) => {
      await connectTeam();
      expect((await typed("now google-calendar", more)).answer.status).toBe(401);
      expect(api.rings).toEqual([]);
    },
  );

  test("a request of five minutes ago or of the future is refused", async () => {
    await connectTeam();
    const at = Math.floor(Date.now() / 1000);
    expect((await typed("help", { timestamp: at - 310 })).answer.status).toBe(401);
    expect((await typed("help", { timestamp: at + 310 })).answer.status).toBe(401);
    expect((await typed("help", { timestamp: at - 280 })).answer.status).toBe(200);
  });

  test("a request that comes again is refused, at another process as well", async () => {
    await connectTeam();
    const other: Server = createApp(api.deps).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { id, answer } = await typed("now google-calendar");
    expect([answer.status, api.rings.length]).toEqual([200, 1]);
    const again: Sent = await slack.control("POST", `/slack/command/${id}/replay`);
    expect([again.answer.status, JSON.parse(again.answer.body).code]).toEqual([
      401,
      "bad_signature",
    ]);
    const port = (other.address() as AddressInfo).port;
    const elsewhere = await overheard(`http://127.0.0.1:${port}`);
    expect(elsewhere).toEqual([200, 401]);
    expect(api.rings.length).toBe(1);
    other.close();
  });

  test("more than 100 KB is refused, and a form that is none is answered", async () => {
    await connectTeam();
    expect((await typed("x".repeat(103_000))).answer.status).toBe(413);
    expect(await shown("status", { team_id: "not an id" })).toContain("no command");
  });

  test("without a signing secret there is no such command", async () => {
    Object.assign(api.deps.config, { SLACK_SIGNING_SECRET: undefined });
    const { answer } = await typed("help");
    Object.assign(api.deps.config, { SLACK_SIGNING_SECRET: secret });
    expect(answer.status).toBe(404);
  });
});

/** The same signed bytes, first to one process and then to another. */
async function overheard(other: string): Promise<number[]> {
  const { createHmac } = await import("node:crypto");
  const body = `team_id=${team}&user_id=U42&text=help&n=${randomUUID()}`;
  const at = String(Math.floor(Date.now() / 1000));
  const digest = createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex");
  const post = (url: string, hex: string) =>
    fetch(`${url}/api/slack/commands`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": at,
        "x-slack-signature": `v0=${hex}`,
      },
    }).then(({ status }) => status);
  // Written in capitals it is the same signature.
  return [await post(api.url, digest), await post(other, digest.toUpperCase())];
}

test("Slack hears that the address is alive, without a signature", async () => {
  for (const sslCheck of ["GET", "POST"]) {
    const { answer } = await typed("", { sslCheck, signature: null });
    expect([answer.status, answer.body]).toEqual([200, ""]);
  }
});

describe("/sync", () => {
  test("helps, and says what it does not know", async () => {
    await connectTeam();
    expect(await shown("")).toContain("/sync now NAME");
    expect(await shown("launch <!channel>")).toContain('"launch" is not known');
  });

  test("status speaks everybody's words, inert, and names no event", async () => {
    await connectTeam();
    await api.sql("update calendars set name = '<!channel> & co' where id = $1", [
      company.calendarId,
    ]);
    await api.sql(
      `insert into connections (company_id, provider, settings, grant_state, enabled, paused_reason)
       values ($1, 'notion', '{"calendarId":"x"}', 'ok', false, 'too <many>')`,
      [company.id],
    );
    const text = await shown("status");
    const raw = (await typed("status")).answer.body;
    expect(JSON.parse(raw).text).toContain("&lt;!channel&gt; &amp; co");
    expect(raw).not.toContain("<!channel>");
    expect(text.split("\n")).toEqual([
      expect.stringMatching(/^• x \(notion\) \w{8}: paused \(too &lt;many&gt;\)$/),
      expect.stringMatching(/^• .* \(google-calendar\) \w{8}: up to date$/),
    ]);
    expect(await shown("status notion")).not.toContain("google");
    expect(await shown("status nothing")).toContain('Nothing here is called "nothing"');
  });

  test("now rings through the front door, and tells the end of the session once", async () => {
    await connectTeam();
    const text = await shown("now team");
    const [rung] = api.rings;
    expect(rung).toMatchObject({
      companyId: company.id,
      connectionId: company.connectionId,
      trigger: "slack",
      by: "slack:U42",
    });
    expect(api.signals).toEqual([company.connectionId]);
    const { body } = await send(api, "GET", "/api/sessions?trigger=slack", {
      key: company.keys.member,
    });
    const [session] = body["data"] as unknown as {
      id: string;
      trigger: string;
      triggeredBy: string;
    }[];
    expect(session).toMatchObject({ trigger: "slack", triggeredBy: "slack:U42" });
    expect(text).toContain(`session ${session?.id}`);
    await api.sql(
      `update sync_sessions set status = 'completed', completed_at = now(), local_created = 2, remote_created = 1,
         local_unchanged = 7 where id = $1`,
      [session?.id],
    );
    await until(async () => (await laterTexts()).length > 0);
    expect(await laterTexts()).toEqual([
      `Session ${session?.id} has ended: 3 created, 0 updated, 0 deleted, 7 unchanged, 0 failed`,
    ]);
  });

  test("now finds a connection by id, provider and name, and lists what is ambiguous", async () => {
    await connectTeam();
    const [shop] = await api.sql<{ id: string }>(
      `insert into connections (company_id, calendar_id, provider, settings, grant_state)
       values ($1, $2, 'google-calendar', '{"calendarId":"teamwork"}', 'ok') returning id`,
      [company.id, company.calendarId],
    );
    expect(await shown("now google-calendar")).toContain("may be each of these");
    expect(await shown("now TEAM")).toContain("may be each of these");
    expect(await shown("now nobody")).toContain("Nothing here is called");
    expect(await shown("now")).toContain("Say which one");
    expect(api.rings).toEqual([]);
    expect(await shown(`now ${shop?.id.slice(0, 8)}`)).toContain("Syncing");
    expect(await shown("now teamwork")).toContain("Syncing");
    expect(api.rings.map(({ connectionId }) => connectionId)).toEqual([shop?.id, shop?.id]);
  });

  test("now says why it cannot", async () => {
    await connectTeam();
    await api.sql("update connections set enabled = false where id = $1", [company.connectionId]);
    expect(await shown("now team")).toContain("The connection is paused.");
    expect(api.rings).toEqual([]);
  });

  test("pause needs the role of an admin and keeps the reason, with who it was", async () => {
    await connectTeam();
    expect(await shown("pause Team too many changes")).toContain("role does not allow");
    await connectTeam({ role: "admin" });
    await api.sql("update calendars set name = 'Team two' where id = $1", [company.calendarId]);
    expect(await shown("pause team two too many changes")).toContain("Paused Team two");
    const { body } = await send(api, "GET", `/api/connections/${company.connectionId}`, {
      key: company.keys.member,
    });
    expect(body).toMatchObject({
      enabled: false,
      status: "paused",
      pausedReason: "too many changes (slack:U42)",
    });
  });

  test("conflicts are listed without what the events are called", async () => {
    await connectTeam();
    expect(await shown("conflicts")).toBe("No conflict is open.");
    await openConflict("Board meeting about redundancies");
    const text = await shown("conflicts team");
    expect(text).toMatch(/title on Team \(google-calendar\) \w{8}, since .* UTC: conflict /);
    expect(text).not.toContain("redundancies");
  });

  test("I20: a workspace reaches nothing of another company", async () => {
    await connectTeam();
    const other = await api.company();
    expect(await shown(`now ${other.connectionId}`)).toContain("Nothing here is called");
    expect(api.rings).toEqual([]);
  });
});

async function openConflict(title: string): Promise<void> {
  const [event] = await api.sql<{ id: string }>(
    `insert into events (company_id, calendar_id, title, start_at, end_at, start_zone, end_zone)
     values ($1, $2, $3, now(), now(), 'UTC', 'UTC') returning id`,
    [company.id, company.calendarId, title],
  );
  const [link] = await api.sql<{ id: string }>(
    `insert into links (company_id, connection_id, event_id, remote_id, state)
     values ($1, $2, $3, 'r1', 'live') returning id`,
    [company.id, company.connectionId, event?.id],
  );
  await api.sql(
    `insert into conflicts (company_id, connection_id, link_id, event_id, session_id, field, base, local, remote, policy, winner, state)
     values ($1, $2, $3, $4, gen_random_uuid(), 'title', '"a"', '"b"', '"c"', 'ask', 'nobody', 'open')`,
    [company.id, company.connectionId, link?.id, event?.id],
  );
}

describe("an answer that takes long", () => {
  test("is promised in time, and follows", async () => {
    await connectTeam();
    const { database } = api.deps;
    const slow: typeof database.withCompany = async (...args) => {
      await sleep(2_500);
      return database.withCompany(...args);
    };
    api.deps.database = { ...database, withCompany: slow };
    const { answer } = await typed("help");
    api.deps.database = database;
    expect(answer.durationMs).toBeLessThan(2_900);
    expect(answer.shown.text).toContain("the answer follows");
    await until(async () => (await laterTexts()).length > 0);
    expect((await laterTexts())[0]).toContain("/sync now NAME");
  });

  test("goes nowhere but to Slack", async () => {
    await connectTeam();
    Object.assign(api.deps.config, { NOTIFY_ALLOWED_HOSTS: [] });
    const text = await shown("now team");
    const id = /session (\S+)/.exec(text)?.[1];
    await api.sql(
      "update sync_sessions set status = 'completed', completed_at = now() where id = $1",
      [id],
    );
    await sleep(500);
    Object.assign(api.deps.config, { NOTIFY_ALLOWED_HOSTS: [new URL(slack.url).host] });
    expect(await laterTexts()).toEqual([]);
  });

  test("of a database that does not answer is words, too", async () => {
    await connectTeam();
    const { database } = api.deps;
    const down = () => Promise.reject(Object.assign(new Error("down"), { code: "ECONNREFUSED" }));
    api.deps.database = { ...database, withCompany: down };
    const text = await shown("status");
    api.deps.database = database;
    expect(text).toContain("The database cannot be reached");
  });
});
