import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { markDisconnected, readConnection } from "../../db/connections.ts";
import {
  clearCredentials,
  markNeedsReauth,
  readGrant,
  rotateCredentials,
  storeGrant,
} from "../../db/grants.ts";
import type { Tx } from "../../db/client.ts";
import { openKeyRing, SecretUnreadable } from "../../db/secrets.ts";
import { type Company, keyRing, startApi, type TestApi } from "../api/harness.ts";

let api: TestApi;
let company: Company;
const newer = openKeyRing([
  `k2:${Buffer.alloc(32, 9).toString("base64")}`,
  `k1:${Buffer.alloc(32, 7).toString("base64")}`,
]);
const grant = { accessToken: "planted-access", refreshToken: "planted-refresh", expiresAt: 1 };

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
});
afterAll(() => api.stop());

const within = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
  api.database.withCompany(company.id, work);
const store = (given: Parameters<typeof storeGrant>[3], version: number) =>
  within((tx) => storeGrant(tx, keyRing, company.connectionId, given, version));
const stored = () => within((tx) => readGrant(tx, keyRing, company.connectionId));

describe("grants", () => {
  test("they are stored sealed, and one without a refresh token keeps the stored one", async () => {
    expect(await store(grant, 0)).toBe(true);
    const [row] = await api.sql<{ text: string }>(
      "select connections::text as text from connections where id = $1",
      [company.connectionId],
    );
    expect(row?.text).not.toMatch(/planted/);
    expect(await store({ accessToken: "second", expiresAt: 2 }, 1)).toBe(true);
    expect(await stored()).toEqual({
      grant: { accessToken: "second", refreshToken: "planted-refresh", expiresAt: 2 },
      version: 2,
    });
  });

  test("of two writers that saw the same version one wins", async () => {
    await store(grant, 0);
    const won = await Promise.all(
      [1, 2, 3].map((n) => store({ ...grant, accessToken: `of ${n}` }, 1)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await stored())?.version).toBe(2);
  });

  test("another row's envelope does not open", async () => {
    await store(grant, 0);
    const other = await api.company();
    await api.sql(
      "update connections set credentials = (select credentials from connections where id = $1) where id = $2",
      [company.connectionId, other.connectionId],
    );
    await expect(
      api.database.withCompany(other.id, (tx) => readGrant(tx, keyRing, other.connectionId)),
    ).rejects.toThrow(SecretUnreadable);
  });

  test("a dead grant deletes nothing, and consent brings it back", async () => {
    await store(grant, 0);
    await within((tx) => markNeedsReauth(tx, company.connectionId, "invalid_grant"));
    expect(await within((tx) => readConnection(tx, company.connectionId))).toMatchObject({
      grantState: "needs_reauth",
      lastError: "invalid_grant",
    });
    expect(await store(grant, 1)).toBe(true);
    expect(await within((tx) => readConnection(tx, company.connectionId))).toMatchObject({
      grantState: "ok",
    });
  });

  test("a refresh under way does not put back what disconnecting deleted", async () => {
    await store(grant, 0);
    await within((tx) => markDisconnected(tx, company.connectionId));
    await within((tx) => clearCredentials(tx, company.connectionId));
    expect(await store(grant, 1)).toBe(false);
    expect(await store(grant, 2)).toBe(false);
    expect(await stored()).toBeNull();
  });

  test("rotation seals with the new key, once, and a refresh under way may still store", async () => {
    await store(grant, 0);
    expect(await within((tx) => rotateCredentials(tx, newer))).toBe(1);
    expect(await within((tx) => rotateCredentials(tx, newer))).toBe(0);
    await expect(stored()).rejects.toThrow(/key k2 is not among/);
    expect(await within((tx) => readGrant(tx, newer, company.connectionId))).toEqual({
      grant,
      version: 1,
    });
    expect(await store({ ...grant, accessToken: "later" }, 1)).toBe(true);
  });
});
