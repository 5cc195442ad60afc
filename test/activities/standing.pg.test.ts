import { ApplicationFailure } from "@temporalio/activity";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openChannel, renewChannels, stopChannels } from "../../activities/channels.ts";
import { revokeGrant } from "../../activities/revoke.ts";
import { cleanUp, pollDue, sweep } from "../../activities/standing.ts";
import type { Connector, Watch } from "../../connectors/connector.ts";
import { RateLimited, Unavailable } from "../../connectors/errors.ts";
import { storeGrant } from "../../db/grants.ts";
import type { EventItem } from "../../sync/event.ts";
import { asActivity, type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const never = new AbortController().signal;

/** A provider that can be watched, and whose grants can be revoked. */
const watched =
  (watch: Partial<Watch> = {}, revoke: () => Promise<void> = async () => undefined) =>
  (memory: Connector<EventItem>): Connector<EventItem> => ({
    ...memory,
    consent: {
      authorizeUrl: () => "",
      exchange: () => Promise.reject(new Error("nobody asks")),
      refresh: () => Promise.reject(new Error("nobody asks")),
      revoke,
    },
    open: (connection) => ({
      ...memory.open(connection),
      watch: {
        open: async () => ({ resourceId: "r", expiresAt: Date.now() + 7 * 24 * 3_600_000 }),
        close: async () => undefined,
        ...watch,
      },
    }),
  });

const channels = (team: Team) =>
  engine.psql<{ state: string }>(
    "select state, reason from channels where connection_id = $1 order by created_at",
    [team.connectionId],
  );

describe("a channel that is renewed", () => {
  it("is open though the one before it cannot be stopped (F42)", async () => {
    const team = await engine.connect({
      config: { CHANNEL_OVERLAP_MS: 0 },
      provider: watched({ close: () => Promise.reject(new Unavailable("channels.stop: 503")) }),
    });
    await openChannel(team.deps, team.ref);
    await engine.psql(
      "update channels set expires_at = now() + interval '1 hour' where connection_id = $1",
      [team.connectionId],
    );
    expect(await openChannel(team.deps, team.ref)).toEqual({ opened: true });
    expect(await channels(team)).toMatchObject([{ state: "superseded" }, { state: "open" }]);
  });

  it("does not wait for others whose renewal fails (I15)", async () => {
    const broken = new Set<string>();
    const team = await engine.connect({
      provider: (memory) => ({
        ...memory,
        open: (connection) => {
          const { watch, ...remote } = watched()(memory).open(connection);
          const isBroken = broken.has(connection.settings["in"] ?? "");
          const open = () => Promise.reject(new Unavailable("events.watch: 503"));
          return { ...remote, watch: { ...watch, ...(isBroken && { open }) } as Watch };
        },
      }),
    });
    const prefix = "00000000-0000-4000-8000-";
    const ids = Array.from({ length: 60 }, (_, at) => prefix + String(at).padStart(12, "0"));
    for (const id of ids.slice(0, 55)) broken.add(id);
    await engine.psql(
      `insert into connections (id, company_id, calendar_id, provider, settings, grant_state)
       select id::uuid, $2, $3, 'memory', jsonb_build_object('in', id), 'ok' from unnest($1::text[]) id`,
      [ids, team.companyId, team.calendarId],
    );
    let batch = await renewChannels(team.deps, null);
    while (batch.more) batch = await renewChannels(team.deps, batch.after);
    const open = await engine.psql<{ id: string }>(
      "select connection_id as id from channels where state = 'open' and connection_id = any($1::uuid[]) order by 1",
      [ids],
    );
    expect(open.map(({ id }) => id)).toEqual(ids.slice(55));
    await engine.psql("update connections set enabled = false where id = any($1::uuid[])", [ids]);
  });
});

describe("taking leave of a provider", () => {
  const granted = async (team: Team) =>
    engine.db.withCompany(team.companyId, (tx) =>
      storeGrant(tx, team.deps.keys, team.connectionId, { accessToken: "a", expiresAt: 0 }, 0),
    );
  const hasSecrets = async (team: Team) =>
    (
      await engine.psql("select credentials from connections where id = $1", [team.connectionId])
    )[0]?.["credentials"] !== null;

  it("is tried again where the provider is away for a moment, and let be where it stays away", async () => {
    const team = await engine.connect({
      provider: watched(
        { close: () => Promise.reject(new Unavailable("channels.stop: 503")) },
        () => Promise.reject(new Unavailable("oauth.revoke: 503")),
      ),
    });
    await granted(team);
    await openChannel(team.deps, team.ref);
    const revoke = (attempt: number) =>
      asActivity(() => revokeGrant(team.deps, team.ref), never, attempt);
    const stop = (attempt: number) =>
      asActivity(() => stopChannels(team.deps, team.ref), never, attempt);
    await expect(stop(1)).rejects.toThrow(ApplicationFailure);
    expect(await channels(team)).toMatchObject([{ state: "open" }]);
    await stop(5);
    expect(await channels(team)).toMatchObject([{ state: "closed" }]);
    await expect(revoke(1)).rejects.toThrow(ApplicationFailure);
    expect(await hasSecrets(team)).toBe(true);
    await revoke(5);
    expect(await hasSecrets(team)).toBe(false);
  });

  it("is let be at once where the provider asks to be left alone for long, and where the grant is unreadable", async () => {
    const limited = await engine.connect({
      provider: watched({}, () => Promise.reject(new RateLimited("oauth.revoke: 429", 600_000))),
    });
    await granted(limited);
    await asActivity(() => revokeGrant(limited.deps, limited.ref));
    expect(await hasSecrets(limited)).toBe(false);
    const unreadable = await engine.connect({ provider: watched() });
    await engine.psql("update connections set credentials = 'v1|other|a|b|c' where id = $1", [
      unreadable.connectionId,
    ]);
    await asActivity(() => revokeGrant(unreadable.deps, unreadable.ref));
    expect(await hasSecrets(unreadable)).toBe(false);
  });
});

describe("one of many that is in trouble (I15)", () => {
  const reached: string[] = [];
  const refusing = (id: string) => ({
    signal: async ({ connectionId }: { connectionId: string }) => {
      if (connectionId === id) throw new Error("refused");
      reached.push(connectionId);
    },
    disconnect: async () => undefined,
    remind: async () => undefined,
    notify: async () => undefined,
    bookings: async () => undefined,
    schedules: {
      describe: async () => null,
      put: async (schedule: { id: string }) => {
        if (schedule.id === id) throw new Error("refused");
        reached.push(schedule.id);
      },
    },
  });

  it("does not keep a sweep from the others", async () => {
    const teams = [await engine.connect(), await engine.connect(), await engine.connect()];
    for (const team of teams) await team.ring();
    const [one, ...others] = teams.map(({ connectionId }) => connectionId).toSorted();
    await sweep(teams[0]?.deps as Team["deps"], refusing(one ?? ""));
    expect(reached).toEqual(expect.arrayContaining(others));
    expect(reached).not.toContain(one);
  });

  it("is not called while its provider wants to be left alone", async () => {
    const [waiting, other] = [await engine.connect(), await engine.connect()];
    for (const team of [waiting, other]) await team.ring();
    await engine.psql(
      "update connections set wait_until = now() + interval '1 minute' where id = $1",
      [waiting.connectionId],
    );
    reached.length = 0;
    await sweep(other.deps, refusing(""));
    expect(reached).toContain(other.connectionId);
    expect(reached).not.toContain(waiting.connectionId);
  });

  it("does not keep Temporal from being told of the others", async () => {
    const team = await engine.connect();
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    await engine.psql(
      `insert into schedules (id, company_id, connection_id, cadence)
       select id, $2, $3, '{"everyMinutes": 5}' from unnest($1::uuid[]) id`,
      [ids, team.companyId, team.connectionId],
    );
    await sweep(team.deps, refusing(ids[0] ?? ""));
    expect(reached).toEqual(expect.arrayContaining(ids.slice(1)));
    expect(
      await engine.psql("select id from schedules where told_at is null and id = any($1::uuid[])", [
        ids,
      ]),
    ).toEqual([{ id: ids[0] }]);
  });

  it("does not keep a poll from the others", async () => {
    const teams = [await engine.connect(), await engine.connect(), await engine.connect()];
    const [one, ...others] = teams.map(({ connectionId }) => connectionId).toSorted();
    const { signal } = refusing(one ?? "");
    await asActivity(() => pollDue(teams[0]?.deps as Team["deps"], "memory", signal));
    expect(reached).toEqual(expect.arrayContaining(others));
  });
});

describe("retention", () => {
  it("keeps a deleted event that the provider still has to be told of, so that it does not come back (I5)", async () => {
    const team = await engine.connect();
    team.put("told", { title: "told" });
    team.put("untold", { title: "untold" });
    await team.session();
    await engine.psql("delete from events where calendar_id = $1 and title = 'told'", [
      team.calendarId,
    ]);
    await team.session();
    await engine.psql("update connections set enabled = false where id = $1", [team.connectionId]);
    await engine.psql("delete from events where calendar_id = $1", [team.calendarId]);
    await engine.psql(
      "update events set deleted_at = now() - interval '1 year' where calendar_id = $1",
      [team.calendarId],
    );
    await asActivity(() => cleanUp(team.deps));
    const left = () =>
      engine.psql("select title from events where calendar_id = $1", [team.calendarId]);
    expect(await left()).toEqual([{ title: "untold" }]);
    await engine.psql("update connections set enabled = true where id = $1", [team.connectionId]);
    await team.session();
    expect(team.there()).toEqual([]);
    await asActivity(() => cleanUp(team.deps));
    expect(await left()).toEqual([]);
  });

  it("keeps what was sent only as long as the trail, and what is not answered until it is", async () => {
    const team = await engine.connect();
    for (const title of ["old", "new", "open"]) await team.insert(title);
    await team.session();
    await engine.psql(
      `update intents set closed_at = case sent->>'title' when 'old' then now() - interval '1 year' when 'new' then now() end,
         outcome = case when sent->>'title' <> 'open' then outcome end, opened_at = now() - interval '2 years' where connection_id = $1`,
      [team.connectionId],
    );
    await asActivity(() => cleanUp(team.deps));
    expect(
      await engine.psql(
        "select sent->>'title' as title from intents where connection_id = $1 order by 1",
        [team.connectionId],
      ),
    ).toEqual([{ title: "new" }, { title: "open" }]);
  });

  it("forgets who had booked what once that is long over", async () => {
    const team = await engine.connect();
    const book = (name: string, daysAgo: number) =>
      engine.psql(
        `insert into bookings (id, company_id, calendar_id, title, starts_at, ends_at, start_local, zone, seat, customer_name, customer_email, token_hash, created_by)
         select gen_random_uuid(), $1, $2, 'Slot', at, at + interval '1 hour', at::timestamp, 'UTC', 1, $3, '', sha256($3::text::bytea), 'test'
         from (select now() - make_interval(days => $4) as at) t`,
        [team.companyId, team.calendarId, name, daysAgo],
      );
    await book(`long ago ${team.companyId}`, 100);
    await book(`lately ${team.companyId}`, 80);
    await asActivity(() => cleanUp(team.deps));
    expect(
      await engine.psql("select customer_name as name from bookings where company_id = $1", [
        team.companyId,
      ]),
    ).toEqual([{ name: `lately ${team.companyId}` }]);
  });

  it("does not stop at a grant that no longer opens", async () => {
    const team = await engine.connect();
    await engine.psql("update connections set credentials = 'v1|other|a|b|c' where id = $1", [
      team.connectionId,
    ]);
    const gone = await asActivity(() => cleanUp(team.deps));
    expect(gone).toMatchObject({ writes: expect.any(Number) });
    expect(gone).not.toHaveProperty("companies that failed");
  });
});
