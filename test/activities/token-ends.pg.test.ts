import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { cleanUp } from "../../activities/standing.ts";
import type { Grant } from "../../connectors/connector.ts";
import { storeGrant } from "../../db/grants.ts";
import { startRecordsEngine } from "../support/records-engine.ts";

type Engine = Awaited<ReturnType<typeof startRecordsEngine>>;

let engine: Engine;
beforeAll(async () => {
  engine = await startRecordsEngine(inject("databaseUrl"));
});
afterAll(() => engine.stop());

const day = 24 * 3_600_000;

async function entered(more: Partial<Grant>) {
  const shop = await engine.connect({
    connector: (memory) => ({
      ...memory,
      entry: {
        fields: { token: { label: "Token" } },
        grant: () => Promise.reject(new Error("nobody asks")),
      },
    }),
  });
  const { deps } = shop;
  const store = (endsIn: number, version: number) =>
    engine.db.withCompany(shop.companyId, (tx) =>
      storeGrant(
        tx,
        deps.keys,
        shop.connectionId,
        { accessToken: "t", expiresAt: Date.now() + endsIn, ...more },
        version,
      ),
    );
  await store(90 * day, 0);
  const told = async () => {
    await cleanUp(deps);
    return (
      await engine.psql<{ severity: string }>(
        "select severity from notices where connection_id = $1 and kind = 'token' order by id",
        [shop.connectionId],
      )
    ).map(({ severity }) => severity);
  };
  /** What was told was told so long ago: notices bear the database's time. */
  const age = (ms: number) =>
    engine.psql("update notices set at = at - make_interval(secs => $2) where connection_id = $1", [
      shop.connectionId,
      ms / 1000,
    ]);
  return { store, told, age };
}

it("the end of a token that only a person can replace is said 30, 7 and 1 day before, each once", async () => {
  const { store, told, age } = await entered({});
  expect(await told()).toEqual([]);
  await store(30 * day - 60_000, 1);
  expect(await told()).toEqual(["info"]);
  expect(await told()).toEqual(["info"]);
  await age(22 * day);
  await store(8 * day - 60_000, 2);
  expect(await told()).toEqual(["info"]);
  await age(day);
  await store(7 * day - 60_000, 3);
  expect(await told()).toEqual(["info", "warn"]);
  await age(6 * day);
  await store(day - 60_000, 4);
  expect(await told()).toEqual(["info", "warn", "error"]);
  expect(await told()).toEqual(["info", "warn", "error"]);
  // Next year's token, of which nothing was said yet.
  await age(2 * day);
  await store(29 * day, 5);
  expect(await told()).toEqual(["info", "warn", "error", "info"]);
});

it("one that is renewed by itself is nobody's matter", async () => {
  const { store, told } = await entered({ entered: { token: "t" } });
  await store(day / 2, 1);
  expect(await told()).toEqual([]);
});
