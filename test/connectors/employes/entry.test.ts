import { describe, expect, test } from "vitest";
import { createEmployes } from "../../../connectors/employes/index.ts";
import * as errors from "../../../connectors/errors.ts";
import { never } from "../scripted.ts";

const part = (said: unknown) =>
  Buffer.from(typeof said === "string" ? said : JSON.stringify(said)).toString("base64url");
const jwt = (claims: unknown, header: unknown = { alg: "HS256", typ: "JWT" }) =>
  `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;

// Nobody listens there: nothing may be asked.
const { entry, checkSettings, quota } = createEmployes({ apiUrl: "http://127.0.0.1:1" });
const grant = (token: string) => {
  if (!entry) throw new Error("a token is entered");
  return entry.grant({ token }, never);
};

describe("a token that a person enters", () => {
  test("is the grant itself, and ends when it says", async () => {
    const token = jwt({ role: "api", iss: "employes", aud: "connect", exp: 1_800_000_000 });
    expect(await grant(token)).toEqual({ accessToken: token, expiresAt: 1_800_000_000_000 });
    expect(await grant(` Bearer ${token}\n`)).toMatchObject({ accessToken: token });
  });

  test.each([[undefined], [null], ["1800000000"], [-1], [0], [1e300], [{ constructor: 1 }]])(
    "whose end is %j is good until it is refused",
    async (exp) => {
      expect(await grant(jwt({ exp }))).toMatchObject({ expiresAt: null });
    },
  );

  test("that has ended already is taken, for only Employes can refuse it", async () => {
    expect(await grant(jwt({ exp: 1 }))).toMatchObject({ expiresAt: 1_000 });
  });

  test("cannot be entered again by anybody but a person", async () => {
    expect(await grant(jwt({ exp: 1_800_000_000 }))).not.toHaveProperty("entered");
  });

  test("of next year is of the same account, whoever made it", async () => {
    const company = { company_id: "c0de0000-0000-4000-8000-000000000001" };
    const [first, next] = [
      await grant(jwt({ ...company, sub: "a", exp: 1_800_000_000 })),
      await grant(jwt({ ...company, sub: "b", exp: 1_900_000_000 })),
    ];
    expect(first.account).toMatch(/^[0-9a-f]{32}$/);
    expect(next.account).toBe(first.account);
    expect((await grant(jwt({ company_id: "other" }))).account).not.toBe(first.account);
    expect(await grant(jwt({ sub: "a" }))).not.toHaveProperty("account");
  });

  test.each([
    [""],
    ["SECRET"],
    ["SECRET.SECRET"],
    ["a.b.c.d"],
    [`${jwt({})} SECRET`],
    [jwt("SECRET")],
    [jwt("[]")],
    [jwt("null")],
    [jwt({}, "SECRET")],
    [`${jwt({})}\u0000`],
    [jwt({ more: "x".repeat(10_000) })],
  ])("is refused where it is no token, with what was expected: %j", async (token) => {
    const error = await grant(token).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errors.Rejected);
    expect(String(error)).toContain("token: expected");
    expect(String(error)).not.toContain("SECRET");
  });
});

describe("settings", () => {
  test("are the company, in one spelling, and nothing else", () => {
    const companyId = "C0DE0000-0000-4000-8000-000000000001";
    expect(checkSettings({ companyId, token: "SECRET" })).toEqual({
      companyId: "c0de0000-0000-4000-8000-000000000001",
    });
  });

  test.each([
    [null],
    ["c0de"],
    [{}],
    [{ companyId: "" }],
    [{ companyId: 7 }],
    [{ companyId: "../companies" }],
    [{ companyId: "c0de0000-0000-4000-8000-000000000001/employees" }],
  ])("that name no company are refused: %j", (settings) => {
    expect(() => checkSettings(settings)).toThrow(errors.Rejected);
    expect(() => checkSettings(settings)).toThrow("companyId: expected");
  });
});

test.each([[0.5], [1], [2], [3], [4]])(
  "at %d requests a second, no second sees more than five (reference: 7)",
  (requestsPerSecond) => {
    const { quota } = createEmployes({ apiUrl: "", requestsPerSecond });
    expect(quota.unitsPerSecond).toBe(requestsPerSecond);
    expect(quota.burst).toBeGreaterThanOrEqual(1);
    expect(quota.burst + quota.unitsPerSecond).toBeLessThanOrEqual(5);
  },
);

test("four requests a second are usual", () => {
  expect(quota).toEqual({ unitsPerSecond: 4, burst: 1 });
});
