import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Consent } from "../../../connectors/connector.ts";
import * as errors from "../../../connectors/errors.ts";
import { createConsent } from "../../../connectors/google-calendar/oauth.ts";
import { json, never, type Reply, scripted } from "../scripted.ts";
import { type Google, openGoogle } from "./sandbox.ts";

const scope = "https://www.googleapis.com/auth/";
const verifier = randomBytes(32).toString("base64url");
const dead = { accessToken: "a", expiresAt: null };
const codeChallenge = createHash("sha256").update(verifier).digest("base64url");

describe("over the sandbox", () => {
  let google: Google;
  let consent: Consent;
  beforeEach(async () => {
    google = await openGoogle();
    if (!google.connector.consent) throw new Error("Google asks for consent");
    consent = google.connector.consent;
  });
  afterEach(() => google.close());

  async function code(extra: Record<string, string> = {}): Promise<string> {
    const url = new URL(
      consent.authorizeUrl({ state: "s1", codeChallenge, loginHint: "ann@example.test" }),
    );
    for (const [name, value] of Object.entries({ sandbox_auto: "allow", ...extra }))
      url.searchParams.set(name, value);
    const response = await fetch(url, { redirect: "manual" });
    const back = new URL(response.headers.get("location") ?? "");
    expect(back.searchParams.get("state")).toBe("s1");
    return back.searchParams.get("code") ?? "";
  }

  test("a person is asked for both scopes, offline, with a challenge that hides the verifier", () => {
    const url = new URL(consent.authorizeUrl({ state: "s1", codeChallenge }));
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "sandbox-client",
      redirect_uri: "http://127.0.0.1:3000/api/oauth/google/callback",
      response_type: "code",
      scope: `${scope}calendar ${scope}calendar.events`,
      state: "s1",
      access_type: "offline",
      prompt: "consent",
      include_granted_scopes: "true",
      code_challenge: codeChallenge,
      code_challenge_method: "S256",
    });
  });

  test("a code becomes a grant, which is refreshed without a new refresh token and can be revoked", async () => {
    const grant = await consent.exchange(await code(), verifier, never);
    expect(grant.refreshToken).toBeTypeOf("string");
    expect(grant.scopes).toContain(`${scope}calendar`);
    expect(grant.expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
    const renewed = await consent.refresh(grant.refreshToken ?? "", never);
    expect(renewed.accessToken).not.toBe(grant.accessToken);
    expect(renewed).not.toHaveProperty("refreshToken");
    await consent.revoke(grant, never);
    await consent.revoke(grant, never);
    await expect(consent.refresh(grant.refreshToken ?? "", never)).rejects.toThrow(
      errors.Unauthenticated,
    );
  });

  test("a code works once, and only with its verifier", async () => {
    const given = await code();
    await consent.exchange(given, verifier, never);
    await expect(consent.exchange(given, verifier, never)).rejects.toThrow(errors.Rejected);
    await expect(consent.exchange(await code(), "another verifier", never)).rejects.toThrow(
      errors.Rejected,
    );
  });

  test("a scope that was unticked and is needed is named", async () => {
    const given = await code({ sandbox_scopes: `${scope}calendar.events` });
    await expect(consent.exchange(given, verifier, never)).rejects.toThrow("did not grant");
  });

  test("a scope that was unticked and is not needed is not missed", async () => {
    const given = await code({ sandbox_scopes: `${scope}calendar` });
    await consent.exchange(given, verifier, never);
  });
});

describe("the token endpoint", () => {
  async function consentAt(...replies: Reply[]) {
    const { address, seen } = await scripted(...replies);
    const config = {
      authUrl: address,
      tokenUrl: `${address}/token`,
      revokeUrl: `${address}/revoke`,
      clientId: "client",
      clientSecret: "SECRET",
      redirectUri: "https://app.example.test/callback",
    };
    return { consent: createConsent(config, 200, () => 1_000), seen };
  }

  test.each([
    [
      json({ error: "invalid_grant", error_description: "Bad Request" }, 400),
      errors.Unauthenticated,
    ],
    [
      json(
        { error: "invalid_grant", error_description: "Token has been expired or revoked." },
        400,
      ),
      errors.Unauthenticated,
    ],
    [json({ error: "invalid_client" }, 401), errors.Forbidden],
    [json({ error: "unauthorized_client" }, 401), errors.Forbidden],
    [json({ error: "redirect_uri_mismatch" }, 400), errors.Forbidden],
    [json({ error: "invalid_request" }, 400), errors.Forbidden],
    [json({ error: "unsupported_grant_type" }, 400), errors.Forbidden],
    [json({ error: "internal_failure" }, 500), errors.Unavailable],
    [json({ error: "something_new" }, 400), errors.Unavailable],
    [json("<html>", 502), errors.Unavailable],
    [json({ error: "rate_limit_exceeded" }, 429), errors.RateLimited],
    [json("<html>"), errors.InvalidResponse],
    [json({ access_token: "" }), errors.InvalidResponse],
    [json({ access_token: "a", expires_in: -1 }), errors.InvalidResponse],
    [() => {}, errors.Unavailable],
  ])("that answers a refresh in way %# is named for its recovery", async (reply, kind) => {
    const { consent } = await consentAt(reply);
    const error = await consent
      .refresh("1//SECRET", never)
      .catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(kind);
    expect(JSON.stringify([String(error), error])).not.toContain("SECRET");
  });

  test("is called once, with the client's secret in the body", async () => {
    const { consent, seen } = await consentAt(json({ access_token: "a", expires_in: "3599" }));
    expect(await consent.refresh("1//r", never)).toEqual({
      accessToken: "a",
      expiresAt: 3_600_000,
    });
    expect(seen.map(({ method, url }) => [method, url.href])).toEqual([["POST", "http://x/token"]]);
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      client_id: "client",
      client_secret: "SECRET",
      grant_type: "refresh_token",
      refresh_token: "1//r",
    });
  });

  test.each([{}, { refresh_token: null, expires_in: null, scope: null }, { refresh_token: "" }])(
    "that answers with %j beside the token has renewed it, and erases nothing",
    async (rest) => {
      const { consent } = await consentAt(json({ access_token: "a", ...rest }));
      expect(await consent.refresh("1//r", never)).toEqual({
        accessToken: "a",
        expiresAt: 3_601_000,
      });
    },
  );

  test("that does not know a token to be revoked has nothing left to revoke", async () => {
    const { consent } = await consentAt(json({ error: "invalid_token" }, 400));
    await consent.revoke(dead, never);
    await expect(
      (await consentAt(json("<html>", 500))).consent.revoke(dead, never),
    ).rejects.toThrow(errors.Unavailable);
  });
});
