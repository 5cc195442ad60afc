import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Consent } from "../../../connectors/connector.ts";
import * as errors from "../../../connectors/errors.ts";
import { createNotion } from "../../../connectors/notion/index.ts";
import { createConsent } from "../../../connectors/notion/oauth.ts";
import { json, never, type Reply, scripted } from "../scripted.ts";
import { type NotionRig, openNotion } from "./sandbox.ts";

const oauth = {
  clientId: "client",
  clientSecret: "shh:with-a-colon",
  redirectUri: "http://127.0.0.1:3000/api/oauth/notion/callback",
};

describe("over the sandbox", () => {
  let rig: NotionRig;
  let consent: Consent;
  beforeEach(async () => {
    rig = await openNotion();
    const { clientId, clientSecret, redirectUri } = oauth;
    await rig.notion.client({ clientId, clientSecret, redirectUris: [redirectUri] });
    const connector = createNotion({ apiUrl: rig.address, oauth });
    if (!connector.consent) throw new Error("a public connection asks for consent");
    consent = connector.consent;
  });
  afterEach(() => rig.close());

  async function code(): Promise<string> {
    const url = new URL(consent.authorizeUrl({ state: "s1", codeChallenge: "unused" }));
    url.searchParams.set("sandbox_auto", "allow");
    const response = await fetch(url, { redirect: "manual" });
    const back = new URL(response.headers.get("location") ?? "").searchParams;
    expect(back.get("state")).toBe("s1");
    return back.get("code") ?? "";
  }

  test("a person is asked with what Notion knows, which is no PKCE", () => {
    const url = new URL(consent.authorizeUrl({ state: "s1", codeChallenge: "c" }));
    expect(url.href.startsWith(`${rig.address}/v1/oauth/authorize?`)).toBe(true);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "client",
      redirect_uri: oauth.redirectUri,
      response_type: "code",
      owner: "user",
      state: "s1",
    });
  });

  test.each(["oauth", "notion"])(
    "a code becomes a grant without an end, and a refresh a new pair (%s)",
    async (oauthErrors) => {
      await rig.notion.settings({ oauthErrors });
      const text = await code();
      const grant = await consent.exchange(text, "unused", never);
      expect(grant).toMatchObject({ expiresAt: null, account: expect.any(String) as string });
      const renewed = await consent.refresh(grant.refreshToken ?? "", never);
      expect(renewed.account).toBe(grant.account);
      expect(renewed.refreshToken).not.toBe(grant.refreshToken);
      await expect(consent.refresh(grant.refreshToken ?? "", never)).rejects.toThrow(
        errors.Unauthenticated,
      );
      await expect(consent.exchange(text, "unused", never)).rejects.toThrow(errors.Rejected);
      await consent.revoke(renewed, never);
      await consent.revoke(renewed, never);
      await expect(consent.refresh(renewed.refreshToken ?? "", never)).rejects.toThrow(
        errors.Unauthenticated,
      );
    },
  );
});

test("without an OAuth client nobody is asked for consent", () => {
  expect(createNotion({ apiUrl: "https://api.notion.com" }).consent).toBeUndefined();
});

describe("a token endpoint", () => {
  async function refusedWith(reply: Reply): Promise<unknown> {
    const { address } = await scripted(reply);
    const consent = createConsent({ ...oauth, apiUrl: address }, 500, () => 0);
    return consent.refresh("nrt_SECRET", never).catch((error: unknown) => error);
  }

  test.each([
    [400, { error: "invalid_grant" }, errors.Unauthenticated],
    [400, { object: "error", code: "invalid_grant" }, errors.Unauthenticated],
    [401, { error: "invalid_client" }, errors.Forbidden],
    [400, { object: "error", code: "validation_error" }, errors.Forbidden],
    [429, { object: "error", code: "rate_limited" }, errors.RateLimited],
    [529, { object: "error", code: "service_overload" }, errors.RateLimited],
    [500, { object: "error", code: "internal_server_error" }, errors.Unavailable],
    [403, "<html>SECRET</html>", errors.Unavailable],
    [302, "", errors.Unavailable],
    [200, "<html>SECRET</html>", errors.InvalidResponse],
    [200, { access_token: "", bot_id: "b" }, errors.InvalidResponse],
    [200, { access_token: "ntn_SECRET" }, errors.InvalidResponse],
  ])("that answers %i %j is understood, and not repeated", async (status, body, expected) => {
    const error = await refusedWith(json(body, status));
    expect(error).toBeInstanceOf(expected);
    expect(String(error)).not.toContain("SECRET");
  });

  test("is told who asks by Basic, and nothing of it in the address", async () => {
    const { address, seen } = await scripted(json({ access_token: "a", bot_id: "b" }));
    const consent = createConsent({ ...oauth, apiUrl: `${address}/` }, 500, () => 0);
    expect(await consent.refresh("r", never)).toEqual({
      accessToken: "a",
      account: "b",
      expiresAt: null,
    });
    const basic = Buffer.from("client:shh:with-a-colon").toString("base64");
    expect(seen[0]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(seen[0]?.url.href).toBe("http://x/v1/oauth/token");
  });
});
