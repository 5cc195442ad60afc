import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openConnection } from "../../activities/open-connection.ts";
import { Unauthenticated } from "../../connectors/errors.ts";
import { createNotion } from "../../connectors/notion/index.ts";
import { readGrant, storeGrant } from "../../db/grants.ts";
import { createSandbox, type Listening, listen } from "../../sandbox/app.ts";
import { type Notion, notionAt } from "../support/notion.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
let sandbox: Listening;
let notion: Notion;
beforeAll(async () => {
  sandbox = await listen(createSandbox());
  notion = notionAt(sandbox.url);
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(async () => {
  await engine.stop();
  await sandbox.close();
});

const never = new AbortController().signal;

async function consented() {
  const oauth = { clientId: "c", clientSecret: "s", redirectUri: "http://127.0.0.1:1/back" };
  const connector = createNotion({
    apiUrl: sandbox.url,
    oauth,
    quota: { unitsPerSecond: 1_000, burst: 1_000 },
  });
  const asked = connector.consent?.authorizeUrl({ state: "s", codeChallenge: "" });
  const answer = await fetch(`${asked}&sandbox_auto=allow`, { redirect: "manual" });
  const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const grant = await connector.consent?.exchange(code, "", never);
  if (!grant) throw new Error("no consent");
  const team = await engine.connect({ provider: () => ({ ...connector, provider: "memory" }) });
  await engine.db.withCompany(team.companyId, (tx) =>
    storeGrant(tx, team.deps.keys, team.connectionId, grant, 0),
  );
  const stored = async () =>
    (
      await engine.db.withCompany(team.companyId, (tx) =>
        readGrant(tx, team.deps.keys, team.connectionId),
      )
    )?.grant;
  const look = async () =>
    (await openConnection(team.deps, team.ref)).remote.collections?.(never) ?? [];
  return { grant, stored, look };
}

it("a token without an end is renewed only once it is refused, and the new pair is kept as one", async () => {
  await notion.database({ title: "Team" });
  const { grant, stored, look } = await consented();
  expect(await look()).toHaveLength(1);
  expect(await stored()).toEqual(grant);
  const pairs = [grant];
  for (let turn = 0; turn < 2; turn++) {
    await notion.expireTokens();
    // Many calls meet the refusal; one of them renews.
    const looks = await Promise.all(Array.from({ length: 5 }, look));
    expect(looks.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
    const pair = await stored();
    if (!pair) throw new Error("the grant is gone");
    expect(pair).toMatchObject({ expiresAt: null, account: grant.account });
    pairs.push(pair);
  }
  expect(new Set(pairs.map(({ refreshToken }) => refreshToken)).size).toBe(3);
  expect(new Set(pairs.map(({ accessToken }) => accessToken)).size).toBe(3);
});

it("a renewal that is refused as well asks for a person", async () => {
  const { look } = await consented();
  await notion.revokeTokens();
  await expect(look()).rejects.toThrow(Unauthenticated);
});
