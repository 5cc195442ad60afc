import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openChannel } from "../../activities/channels.ts";
import { pull } from "../../activities/pull.ts";
import { pollDue } from "../../activities/standing.ts";
import { RateLimited, Unavailable } from "../../connectors/errors.ts";
import { asActivity, type Engine, startEngine } from "../support/engine.ts";
import { listing } from "../support/otherwise.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const minute = 60_000;
/** Seconds until anybody may call for the connection again, and for its account. */
const pauses = async (team: Team) =>
  (
    await engine.psql<{ connection: number; account: number }>(
      `select extract(epoch from c.wait_until - now())::float8 as connection,
         (select max(extract(epoch from b.blocked_until - now()))::float8 from buckets b) as account
       from connections c where c.id = $1`,
      [team.connectionId],
    )
  )[0];

/** In step, and then limited. */
async function limited(error: Error): Promise<Team> {
  let isLimited = false;
  const team = await engine.connect({
    provider: listing((page) => {
      if (isLimited) throw error;
      return page;
    }),
  });
  await team.session();
  isLimited = true;
  await engine.psql("delete from buckets");
  return team;
}

describe("a provider that asks to be left alone for a minute (F31)", () => {
  it("is left alone by the quick form of a pull, though it is only down", async () => {
    const team = await limited(new Unavailable("events.list: 503", { retryAfterMs: minute }));
    const input = { ...team.ref, sessionId: (await team.ring()).sessionId, stream: "events" };
    expect(await asActivity(() => pull(team.deps, { ...input, quick: true }))).toMatchObject({
      outcome: "wait",
    });
    expect((await pauses(team))?.account).toBeGreaterThan(50);
  });

  it("is left alone by the session that a poll rings for", async () => {
    const team = await limited(new RateLimited("events.list: 429", minute));
    await engine.psql("update connections set next_poll_at = now() where id = $1", [
      team.connectionId,
    ]);
    await asActivity(() => pollDue(team.deps, "memory", async () => undefined));
    expect((await pauses(team))?.connection).toBeGreaterThan(50);
    expect((await pauses(team))?.account).toBeGreaterThan(50);
  });

  it("is left alone by everybody who uses the account, also when it says so of a channel", async () => {
    const team = await engine.connect({
      provider: (memory) => ({
        ...memory,
        open: (connection) => ({
          ...memory.open(connection),
          watch: {
            open: () => Promise.reject(new RateLimited("events.watch: 429", minute)),
            close: async () => undefined,
          },
        }),
      }),
    });
    await engine.psql("delete from buckets");
    expect(await openChannel(team.deps, team.ref)).toEqual({ opened: false });
    expect((await pauses(team))?.account).toBeGreaterThan(50);
  });
});
