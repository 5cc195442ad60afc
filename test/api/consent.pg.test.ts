import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readGrant } from "../../db/grants.ts";
import { type Company, keyRing, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let key: string;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
  key = company.keys.admin;
});
afterAll(() => api.stop());

const connect = (more: object = {}) =>
  send(api, "POST", "/api/connections", {
    key,
    body: { provider: "google-calendar", calendarId: company.calendarId, ...more },
  });
const callback = (query: string) => send(api, "GET", `/api/oauth/google/callback?${query}`);
const stateOf = (url: unknown) => new URL(String(url)).searchParams.get("state") ?? "";
const read = async (id: string) => (await send(api, "GET", `/api/connections/${id}`, { key })).body;

describe("consent", () => {
  test("it connects, the calendar is chosen after it, and then it syncs", async () => {
    const made = await connect();
    const id = String(made.body["id"]);
    expect(made.body).toMatchObject({ state: "needs_reauth", status: "disconnected" });
    const url = new URL(String(made.body["consentUrl"]));
    expect(url.searchParams.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    const kept = await api.sql<{ text: string }>(
      "select oauth_states::text as text from oauth_states",
    );
    expect(kept.map(({ text }) => text).join()).not.toContain(stateOf(url));
    const page = await callback(`state=${stateOf(url)}&code=code-anna&scope=x`);
    expect([page.status, page.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(await read(id)).toMatchObject({
      grantState: "ok",
      account: "anna@example.test",
      state: "failing",
      remoteCalendarId: null,
    });
    const collections = await send(api, "GET", `/api/connections/${id}/collections`, { key });
    expect(collections.body["data"]).toMatchObject([
      { id: "anna@example.test", primary: true },
      { id: "team@example.test" },
    ]);
    const chosen = await send(api, "PATCH", `/api/connections/${id}`, {
      key,
      body: { remoteCalendarId: "team@example.test" },
    });
    expect(chosen.body).toMatchObject({ state: "queued", remoteCalendarId: "team@example.test" });
    expect(
      (
        await send(api, "PATCH", `/api/connections/${id}`, {
          key,
          body: { remoteCalendarId: "other@example.test" },
        })
      ).status,
    ).toBe(409);
  });

  test("F47: an account's own calendar is refused under its other name, before consent and after", async () => {
    const consented = async (made: Awaited<ReturnType<typeof connect>>) =>
      callback(`state=${stateOf(made.body["consentUrl"])}&code=code-anna`);
    const first = await connect({ remoteCalendarId: "primary" });
    expect((await consented(first)).status).toBe(200);
    const named = await connect({ remoteCalendarId: "anna@example.test" });
    expect([named.status, named.body["code"]]).toEqual([409, "already_connected"]);
    await send(api, "DELETE", `/api/connections/${String(first.body["id"])}`, { key });
    expect((await consented(await connect({ remoteCalendarId: "anna@example.test" }))).status).toBe(
      200,
    );
    const second = await connect({ remoteCalendarId: "primary" });
    const page = await consented(second);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("every event twice")]);
    expect(await read(String(second.body["id"]))).toMatchObject({ grantState: "pending" });
  });

  test("what was sealed with a key that is gone is told in words, and never is an error of ours", async () => {
    const made = await connect();
    const state = stateOf(made.body["consentUrl"]);
    const idempotent = () =>
      send(api, "POST", "/api/calendars", {
        key,
        body: { name: "Kept" },
        headers: { "idempotency-key": "sealed" },
      });
    expect((await idempotent()).status).toBe(201);
    await api.sql(
      "update oauth_states set verifier = replace(verifier, 'v1|k1|', 'v1|gone|') where company_id = $1",
      [company.id],
    );
    await api.sql(
      "update idempotency_keys set answer = to_jsonb(replace(answer #>> '{}', 'v1|k1|', 'v1|gone|')) where company_id = $1",
      [company.id],
    );
    const page = await callback(`state=${state}&code=code-anna`);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("ENCRYPTION_KEYS")]);
    const repeat = await idempotent();
    expect([repeat.status, repeat.body["detail"]]).toEqual([
      409,
      "the encryption key gone is not among ENCRYPTION_KEYS",
    ]);
  });

  test("a state works once", async () => {
    const state = stateOf((await connect()).body["consentUrl"]);
    expect((await callback(`state=${state}&code=code-anna`)).status).toBe(200);
    const again = await callback(`state=${state}&code=code-bert`);
    expect([again.status, again.text]).toEqual([
      400,
      expect.stringContaining("expired, or was used already"),
    ]);
  });

  test.each<[string, (state: string) => Promise<unknown>]>([
    [
      "has expired",
      (state) =>
        api.sql(
          "update oauth_states set expires_at = now() - interval '1 second' where hash = sha256($1::bytea)",
          [state],
        ),
    ],
    [
      "is of another provider",
      (state) =>
        api.sql("update oauth_states set provider = 'notion' where hash = sha256($1::bytea)", [
          state,
        ]),
    ],
    [
      "is of a key that was revoked",
      () => api.sql("update api_keys set revoked_at = now() where company_id = $1", [company.id]),
    ],
    [
      "is of a disconnected connection",
      () =>
        api.sql("update connections set disconnected_at = now() where company_id = $1", [
          company.id,
        ]),
    ],
    [
      "was moved to another company",
      async (state) =>
        api.sql("update oauth_states set company_id = $2 where hash = sha256($1::bytea)", [
          state,
          (await api.company()).id,
        ]),
    ],
  ])("a state that %s connects nothing", async (_name, spoil) => {
    const made = await connect();
    const state = stateOf(made.body["consentUrl"]);
    await spoil(state);
    expect((await callback(`state=${state}&code=code-anna`)).status).toBe(400);
    const [row] = await api.sql("select credentials from connections where id = $1", [
      made.body["id"],
    ]);
    expect(row).toEqual({ credentials: null });
  });

  test.each(["", "code=code-anna", "state=", "state=%00", "state[]=x", "error=access_denied"])(
    "the callback with %s is a page or a 400, and no error of ours",
    async (query) => {
      expect((await callback(query)).status).toBe(400);
    },
  );

  test("a refused or refusing provider is told in words, inert", async () => {
    const state = stateOf((await connect()).body["consentUrl"]);
    const page = await callback(`state=${state}&code=<script>alert(1)</script>`);
    expect([page.status, page.text.includes("<script")]).toEqual([400, false]);
    const again = stateOf((await connect()).body["consentUrl"]);
    const barred = await callback(`state=${again}&code=code-barred`);
    expect([barred.status, barred.headers.get("content-type")]).toEqual([
      400,
      "text/html; charset=utf-8",
    ]);
    expect(barred.text).toContain("the client may not do this");
  });

  test("connecting again as another account is refused, and keeps what was there", async () => {
    const made = await connect();
    const id = String(made.body["id"]);
    await callback(`state=${stateOf(made.body["consentUrl"])}&code=code-anna`);
    const again = await send(api, "POST", `/api/connections/${id}/consent`, { key });
    const page = await callback(`state=${stateOf(again.body["consentUrl"])}&code=code-bert`);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("another account")]);
    const grant = await api.database.withCompany(company.id, (tx) => readGrant(tx, keyRing, id));
    expect(grant?.grant.accessToken).toBe("token of code-anna");
  });
});
