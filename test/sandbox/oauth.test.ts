import { createHash } from "node:crypto";
import { OAuth2Client, CodeChallengeMethod } from "google-auth-library";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCOUNT, clientOf, refusal, type Running, start, TEAM } from "./sandbox-client.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running.listening.close());

const REDIRECT = "http://127.0.0.1:9/callback";
const EVENTS = "https://www.googleapis.com/auth/calendar.events";
const LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
const VERIFIER = "v".repeat(64);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

function client(clientId = "app"): OAuth2Client {
  const { url } = running;
  const endpoints = {
    oauth2AuthBaseUrl: `${url}/o/oauth2/v2/auth`,
    oauth2TokenUrl: `${url}/token`,
    oauth2RevokeUrl: `${url}/revoke`,
    tokenInfoUrl: `${url}/tokeninfo`,
  };
  return new OAuth2Client({ clientId, clientSecret: "secret", redirectUri: REDIRECT, endpoints });
}

async function consent(auth: OAuth2Client, extra: Record<string, string> = {}): Promise<URL> {
  const address = auth.generateAuthUrl({
    access_type: "offline",
    scope: [EVENTS, LIST],
    state: "st",
    login_hint: ACCOUNT,
    code_challenge: CHALLENGE,
    code_challenge_method: CodeChallengeMethod.S256,
  });
  const url = new URL(address);
  for (const [name, value] of Object.entries({ sandbox_auto: "allow", ...extra }))
    url.searchParams.set(name, value);
  const answer = await fetch(url, { redirect: "manual" });
  return new URL(answer.headers.get("location") ?? `http://none/?status=${answer.status}`);
}

const code = (at: URL): string => at.searchParams.get("code") ?? "";

async function tokenError(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    const { response } = error as { response: { status: number; data: { error: string } } };
    return [response.status, response.data.error];
  }
  return "accepted";
}

test("a code is exchanged once, with its verifier, for tokens that work", async () => {
  const auth = client();
  const back = await consent(auth);
  expect([back.origin + back.pathname, back.searchParams.get("state")]).toEqual([REDIRECT, "st"]);
  expect(await tokenError(auth.getToken({ code: code(back), codeVerifier: "wrong" }))).toEqual([
    400,
    "invalid_grant",
  ]);
  const again = await consent(auth);
  const { tokens } = await auth.getToken({ code: code(again), codeVerifier: VERIFIER });
  expect(tokens.refresh_token).toBeTruthy();
  expect(tokens.scope).toBe(`${EVENTS} ${LIST}`);
  expect(
    (await clientOf(running.url, tokens.access_token ?? "").events.list({ calendarId: TEAM }))
      .status,
  ).toBe(200);
  expect(await tokenError(auth.getToken({ code: code(again), codeVerifier: VERIFIER }))).toEqual([
    400,
    "invalid_grant",
  ]);
});

test("a refresh token comes with the first consent, later only when consent is asked for again", async () => {
  const auth = client("second-app");
  const tokens = async (extra = {}) =>
    (await auth.getToken({ code: code(await consent(auth, extra)), codeVerifier: VERIFIER })).tokens
      .refresh_token;
  expect(await tokens()).toBeTruthy();
  expect(await tokens()).toBeUndefined();
  expect(await tokens({ prompt: "consent" })).toBeTruthy();
  expect(await tokens({ access_type: "online", prompt: "consent" })).toBeUndefined();
});

test("a refresh answers a new access token and no refresh token, until it is revoked", async () => {
  const auth = client("third-app");
  const { tokens } = await auth.getToken({
    code: code(await consent(auth)),
    codeVerifier: VERIFIER,
  });
  const refresh = () =>
    fetch(`${running.url}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: tokens.refresh_token ?? "",
        client_id: "third-app",
        client_secret: "secret",
      }),
    });
  const answer = (await (await refresh()).json()) as Record<string, unknown>;
  expect(Object.keys(answer).sort()).toEqual(["access_token", "expires_in", "scope", "token_type"]);
  await auth.revokeToken(String(answer["access_token"]));
  const refused = await refresh();
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: "invalid_grant", error_description: "Token has been expired or revoked." },
  ]);
  expect(
    await refusal(
      clientOf(running.url, tokens.access_token ?? "").events.list({ calendarId: TEAM }),
    ),
  ).toMatchObject({ status: 401 });
});

test("fewer scopes than asked can be granted, and a refusal comes back as an error", async () => {
  const auth = client("fourth-app");
  const { tokens } = await auth.getToken({
    code: code(await consent(auth, { sandbox_scopes: LIST })),
    codeVerifier: VERIFIER,
  });
  expect(tokens.scope).toBe(LIST);
  expect(
    await refusal(
      clientOf(running.url, tokens.access_token ?? "").events.list({ calendarId: TEAM }),
    ),
  ).toMatchObject({ reason: "insufficientPermissions" });
  expect((await consent(auth, { sandbox_auto: "deny" })).searchParams.get("error")).toBe(
    "access_denied",
  );
  expect((await auth.getTokenInfo(tokens.access_token ?? "")).email).toBe(ACCOUNT);
});

test("the redirect address must be one that is allowed, and the same in both steps", async () => {
  const auth = client("fifth-app");
  expect(
    (await consent(auth, { redirect_uri: "https://evil.example/" })).searchParams.get("status"),
  ).toBe("400");
  const back = await consent(auth);
  expect(
    await tokenError(
      auth.getToken({ code: code(back), codeVerifier: VERIFIER, redirect_uri: `${REDIRECT}/` }),
    ),
  ).toEqual([400, "redirect_uri_mismatch"]);
});

test("the consent page lets a person choose an account and untick scopes", async () => {
  const url = new URL(client("sixth-app").generateAuthUrl({ scope: [EVENTS, LIST], state: "<b>" }));
  const text = await (await fetch(url)).text();
  expect(text).toContain(`value="${ACCOUNT}"`);
  expect(text).toContain("&lt;b&gt;");
  const form = new URLSearchParams([
    ...url.searchParams,
    ["account", ACCOUNT],
    ["granted", EVENTS],
    ["decision", "allow"],
  ]);
  const answer = await fetch(`${running.url}/o/oauth2/v2/auth`, {
    method: "POST",
    body: form,
    redirect: "manual",
  });
  expect(new URL(answer.headers.get("location") ?? "").searchParams.get("scope")).toBe(EVENTS);
});

test("registered clients are held to their secret and their addresses", async () => {
  const other = await start();
  await other.control("POST", "/google/clients", {
    clientId: "app",
    clientSecret: "right",
    redirectUris: [REDIRECT],
  });
  const token = (secret: string) =>
    fetch(`${other.url}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: "x",
        client_id: "app",
        client_secret: secret,
      }),
    });
  expect([(await token("wrong")).status, (await token("right")).status]).toEqual([401, 400]);
  await other.listening.close();
});

test("access tokens end by time and at will", async () => {
  const { control, url } = running;
  const mint = async (body: object) =>
    clientOf(
      url,
      (
        await control<{ accessToken: string }>("POST", "/google/tokens", {
          email: ACCOUNT,
          ...body,
        })
      ).accessToken,
    );
  const brief = await mint({ expiresInMs: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await refusal(brief.calendarList.list())).status).toBe(401);
  const long = await mint({});
  await control("POST", "/google/tokens/expire", { email: ACCOUNT });
  expect((await refusal(long.calendarList.list())).status).toBe(401);
});
