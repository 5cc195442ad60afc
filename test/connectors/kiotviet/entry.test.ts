import { describe, expect, test } from "vitest";
import * as errors from "../../../connectors/errors.ts";
import { createKiotviet } from "../../../connectors/kiotviet/index.ts";
import { json, never, type Reply, scripted } from "../scripted.ts";

const entered = { retailer: "demo-shop", clientId: "demo-client", clientSecret: "SECRET+/=&" };
const token = { access_token: "made.up.token", expires_in: 86_400, token_type: "Bearer" };
const now = () => 1_000_000;

async function asking(...replies: Reply[]) {
  const { address, seen } = await scripted(...replies);
  const config = { apiUrl: "", tokenUrl: `${address}/connect/token`, timeoutMs: 500, now };
  const { entry } = createKiotviet(config);
  if (!entry) throw new Error("credentials are entered");
  return { seen, entry, grant: (more = {}) => entry.grant({ ...entered, ...more }, never) };
}

describe("credentials that a person enters", () => {
  test("are traded for a token that counts as ended a minute early", async () => {
    const { grant, seen, entry } = await asking(json(token));
    expect(Object.keys(entry.fields)).toEqual(["retailer", "clientId", "clientSecret"]);
    expect(await grant({ retailer: " demo-shop " })).toEqual({
      accessToken: "made.up.token",
      expiresAt: 1_000_000 + 86_340_000,
      account: "demo-shop/demo-client",
      entered,
    });
    const [
      { method, headers, body, url } = {
        method: "",
        headers: {},
        body: "",
        url: new URL("http://x"),
      },
    ] = seen;
    expect([method, url.pathname, url.search]).toEqual(["POST", "/connect/token", ""]);
    expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      scopes: "PublicApi.Access",
      grant_type: "client_credentials",
      client_id: "demo-client",
      client_secret: "SECRET+/=&",
    });
  });

  test("that were answered can be entered again for the next token", async () => {
    const { entry, grant } = await asking(json(token));
    const first = await grant();
    expect(await entry.grant(first.entered ?? {}, never)).toEqual(first);
  });

  test.each([
    [{ ...token, expires_in: 30 }, 1_015_000],
    [{ access_token: "a" }, null],
  ])("may give a token %j that ends at %s", async (body, expiresAt) => {
    const { grant } = await asking(json(body));
    expect(await grant()).toMatchObject({ expiresAt });
  });

  test.each([
    ["retailer", ""],
    ["retailer", "demo shop"],
    ["retailer", "demo/shop"],
    ["retailer", "https://demo-shop.kiotviet.vn"],
    ["retailer", "cửa-hàng"],
    ["clientId", ""],
    ["clientId", "two words"],
    ["clientSecret", "   "],
    ["clientSecret", "a\nb"],
  ])("whose %s is %j are refused by name, and nobody is asked", async (field, value) => {
    const { grant, seen } = await asking(json(token));
    const error = await grant({ [field]: value }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errors.Rejected);
    expect(String(error)).toContain(`${field}: expected`);
    expect(seen).toHaveLength(0);
  });

  test.each([
    [400, { error: "invalid_client" }, errors.Unauthenticated],
    [401, { error: "invalid_client" }, errors.Unauthenticated],
    [400, { error: "unauthorized_client" }, errors.Unauthenticated],
    [400, { error: "invalid_scope" }, errors.Forbidden],
    [400, { error: "unsupported_grant_type" }, errors.Forbidden],
    [400, "<html>SECRET</html>", errors.Unavailable],
    [401, "<html>SECRET</html>", errors.Unavailable],
    [403, "<html>SECRET</html>", errors.Unavailable],
    [404, "", errors.Unavailable],
    [302, "", errors.Unavailable],
    [429, "", errors.RateLimited],
    [500, { error: "server_error" }, errors.Unavailable],
    [200, "<html>SECRET</html>", errors.InvalidResponse],
    [200, "", errors.InvalidResponse],
    [200, '{"access_token":"SECR', errors.InvalidResponse],
    [200, { access_token: "" }, errors.InvalidResponse],
    [200, { access_token: "two words" }, errors.InvalidResponse],
    [200, { access_token: "a", expires_in: "long" }, errors.InvalidResponse],
  ])(
    "that are answered %i %j are understood, and asked about once",
    async (status, body, expected) => {
      const { grant, seen } = await asking(json(body, status));
      const error = await grant().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(expected);
      expect(String(error)).not.toMatch(/SECRET|demo-/);
      expect(seen).toHaveLength(1);
    },
  );
});

describe("settings", () => {
  const { checkSettings } = createKiotviet({ apiUrl: "", tokenUrl: "" });

  test("are the shop's name, also from among what was entered, and nothing else of that", () => {
    expect(checkSettings({ retailer: "demo-shop", other: 1 })).toEqual({ retailer: "demo-shop" });
    expect(checkSettings({ entered })).toEqual({ retailer: "demo-shop" });
    expect(checkSettings(entered)).toEqual({ retailer: "demo-shop" });
  });

  test.each([
    [{}],
    [null],
    ["demo-shop"],
    [{ retailer: 7 }],
    [{ retailer: "a b" }],
    [{ retailer: "a/b" }],
  ])("%j are refused by name", (settings) => {
    expect(() => checkSettings(settings)).toThrow(errors.Rejected);
    expect(() => checkSettings(settings)).toThrow("retailer: expected");
  });
});

test.each([5_000, 100, 7, 1])(
  "within any hour %i requests are never exceeded",
  (requestsPerHour) => {
    const { quota } = createKiotviet({ apiUrl: "", tokenUrl: "", requestsPerHour });
    expect(quota.burst + quota.unitsPerSecond * 3_600).toBeLessThanOrEqual(requestsPerHour + 1e-9);
    expect(quota.burst).toBeGreaterThanOrEqual(1);
  },
);
