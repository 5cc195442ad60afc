import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { notify } from "../../activities/notify.ts";
import { addNotices, type NewNotice } from "../../db/notices.ts";
import { Permanent, Retry, TargetDead, Wait } from "../../notifiers/errors.ts";
import { deliveriesOf, makeTarget, noticesOf, recorder, sendAll } from "../support/alerts.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;
const config = { RETRY_MIN_MS: 20, RETRY_MAX_MS: 100 };

const say = (team: Team, count = 1, more: Partial<NewNotice> = {}) =>
  team.deps.db.withCompany(team.companyId, (tx) =>
    addNotices(
      tx,
      team.companyId,
      Array.from({ length: count }, (_, at) => ({
        kind: "failed",
        severity: "error" as const,
        connectionId: team.connectionId,
        subjectId: null,
        message: `it fails (${at})`,
        repeats: 0,
        ...more,
      })),
    ),
  );
const states = async (team: Team) => (await deliveriesOf(engine, team)).map(({ state }) => state);
/** Everything that waits is due. */
const hurry = (team: Team) =>
  Promise.all([
    engine.psql("update deliveries set next_attempt_at = now() where company_id = $1", [
      team.companyId,
    ]),
    engine.psql("update notification_targets set wait_until = null where company_id = $1", [
      team.companyId,
    ]),
  ]);

describe("a notice", () => {
  it("is sent once to every target that wants it", async () => {
    const team = await engine.connect({ config });
    const other = await engine.connect({ companyId: team.companyId, config });
    const { got, notifiers } = recorder();
    const all = await makeTarget(team);
    const mine = await makeTarget(team, { connectionId: team.connectionId });
    await makeTarget(team, { connectionId: other.connectionId });
    await makeTarget(team, { enabled: false });
    const loud = await makeTarget(team, { minSeverity: "error" });
    await say(team, 1, { severity: "warn" });
    for (let again = 0; again < 3; again++) await sendAll(team, notifiers);
    expect(got.map(({ target }) => target.address.split("/").at(-1)).toSorted()).toEqual(
      [all, mine].toSorted(),
    );
    await say(team, 1, { severity: "info", audience: "error" });
    await sendAll(team, notifiers);
    expect(got.some(({ target }) => target.address.endsWith(loud))).toBe(true);
    await say(team, 1, { audience: null });
    await sendAll(team, notifiers);
    expect(got).toHaveLength(5);
    expect(await states(team)).toEqual(Array.from({ length: 5 }, () => "sent"));
  });

  it("holds no name where the target wants none", async () => {
    const team = await engine.connect({ config });
    await engine.psql("update calendars set name = 'Secret project' where id = $1", [
      team.calendarId,
    ]);
    const { got, notifiers } = recorder();
    await makeTarget(team, { detail: "minimal" });
    await makeTarget(team, { detail: "full" });
    await say(team);
    await sendAll(team, notifiers);
    const texts = got.map(({ message }) => JSON.stringify(message)).toSorted();
    expect(texts.map((text) => text.includes("Secret project")).toSorted()).toEqual([false, true]);
    expect(texts.join("")).toContain(`memory ${team.connectionId.slice(0, 8)}`);
  });

  it("that comes with many others to one target is sent with them, in one message", async () => {
    const team = await engine.connect({ config });
    const { got, arrived, notifiers } = recorder();
    await makeTarget(team);
    await say(team, 6);
    await sendAll(team, notifiers);
    expect(got).toHaveLength(1);
    expect(got[0]?.message.title).toBe("6 notices: 6 sync fails");
    await say(team, 300);
    await sendAll(team, notifiers);
    expect(got).toHaveLength(2);
    expect(got[1]?.message).toMatchObject({ more: 200 });
    expect(new Set(arrived()).size).toBe(106);
    expect(new Set(await states(team))).toEqual(new Set(["sent"]));
  });

  it("and the next are a second apart at one target, and nobody else waits", async () => {
    const team = await engine.connect({ config });
    const { got, notifiers } = recorder();
    await makeTarget(team);
    const quick = await makeTarget(team, { minSeverity: "error" });
    await say(team, 2, { severity: "warn" });
    await say(team, 1);
    await sendAll(team, notifiers);
    const times = got.filter(({ target }) => !target.address.endsWith(quick)).map(({ at }) => at);
    expect(times).toHaveLength(3);
    for (let at = 1; at < times.length; at++)
      expect((times[at] ?? 0) - (times[at - 1] ?? 0)).toBeGreaterThan(950);
    const early = got.find(({ target }) => target.address.endsWith(quick));
    expect(early?.at ?? Infinity).toBeLessThan(times[1] ?? 0);
  });
});

describe("what a target answers", () => {
  it("to wait: nothing is sent before, then everything, once", async () => {
    const team = await engine.connect({ config });
    const { got, arrived, sink, notifiers } = recorder();
    await makeTarget(team);
    await say(team, 3);
    sink.before = async () => {
      throw new Wait("Slack answered 429", 60_000);
    };
    const { againInMs } = await notify(team.deps, notifiers, team.companyId);
    expect(againInMs).toBeGreaterThan(50_000);
    sink.before = async () => undefined;
    await sendAll(team, notifiers);
    expect(got).toEqual([]);
    await hurry(team);
    await sendAll(team, notifiers);
    expect(arrived()).toHaveLength(3);
    expect((await deliveriesOf(engine, team)).map(({ error }) => error)).toEqual([
      null,
      null,
      null,
    ]);
  });

  it("to try again: with growing pauses, until it gives up", async () => {
    const team = await engine.connect({ config: { ...config, NOTIFY_GIVE_UP_MS: 700 } });
    const { sink, notifiers } = recorder();
    await makeTarget(team);
    await say(team);
    const tries: number[] = [];
    sink.before = async () => {
      tries.push(Date.now());
      throw new Retry("Slack answered 500", { maybeTaken: true });
    };
    await sendAll(team, notifiers);
    expect(tries.length).toBeGreaterThan(1);
    const [delivery] = await deliveriesOf(engine, team);
    expect(delivery).toMatchObject({ state: "failed", error: "Slack answered 500" });
    expect(delivery?.attempts).toBe(tries.length);
  });

  it("to try again a few times only", async () => {
    const team = await engine.connect({ config });
    const { sink, notifiers } = recorder();
    await makeTarget(team);
    await say(team);
    sink.before = async () => {
      throw new Retry("the target's name is not found", { mostTries: 3 });
    };
    for (let again = 0; again < 6; again++) {
      await hurry(team);
      await notify(team.deps, notifiers, team.companyId);
    }
    expect(await deliveriesOf(engine, team)).toMatchObject([{ state: "failed", attempts: 3 }]);
  });

  it("never: this one fails, the others go", async () => {
    const team = await engine.connect({ config });
    const { arrived, sink, notifiers } = recorder();
    await makeTarget(team);
    await say(team, 3);
    let tries = 0;
    sink.before = async () => {
      if (++tries === 2) throw new Permanent("Slack answered 400 (invalid_blocks)");
    };
    await sendAll(team, notifiers);
    expect(await states(team)).toEqual(["sent", "failed", "sent"]);
    expect(arrived()).toHaveLength(2);
  });

  it("that it is dead: it is switched off, and the others are told, once", async () => {
    const team = await engine.connect({ config });
    const { got, sink, notifiers } = recorder();
    const dead = await makeTarget(team);
    const alive = await makeTarget(team, { connectionId: team.connectionId, minSeverity: "error" });
    sink.before = async ({ address }) => {
      if (address.endsWith(dead)) throw new TargetDead("Slack answered 404 (no_service)");
    };
    await say(team, 3);
    await sendAll(team, notifiers);
    await say(team);
    await sendAll(team, notifiers);
    const [target] = await engine.psql(
      "select enabled, disabled_reason from notification_targets where id = $1",
      [dead],
    );
    expect(target).toEqual({ enabled: false, disabled_reason: "Slack answered 404 (no_service)" });
    const told = (await noticesOf(engine, team)).filter(({ kind }) => kind === "target disabled");
    expect(told).toHaveLength(1);
    expect(
      got.map(({ message }) => message.notices[0]?.kind).filter((kind) => kind !== "failed"),
    ).toEqual(["target disabled"]);
    expect(got.every(({ target }) => target.address.endsWith(alive))).toBe(true);
  });

  it("nothing sensible, by a defect of ours: it is tried again, and other targets do not notice", async () => {
    const team = await engine.connect({
      config: { ...config, RETRY_MIN_MS: 60_000, RETRY_MAX_MS: 60_000 },
    });
    const { got, sink, notifiers } = recorder();
    const bad = await makeTarget(team);
    await makeTarget(team);
    sink.before = async ({ address }) => {
      if (address.endsWith(bad)) throw new TypeError("a defect");
    };
    await say(team);
    await sendAll(team, notifiers);
    expect(got).toHaveLength(1);
    expect((await states(team)).toSorted()).toEqual(["pending", "sent"]);
  });
});

describe("a person who wants quiet", () => {
  const nowQuiet = () => {
    const clock = (ms: number) => new Date(Date.now() + ms).toISOString().slice(11, 16);
    return { from: clock(-3_600_000), to: clock(3_600_000), zone: "UTC" };
  };

  it("hears of errors only, and of the rest when the hours are over", async () => {
    const team = await engine.connect({ config });
    const { got, notifiers } = recorder();
    const id = await makeTarget(team, { quietHours: nowQuiet() });
    await say(team, 2, { severity: "warn" });
    await say(team);
    await sendAll(team, notifiers);
    expect(got.map(({ message }) => message.severity)).toEqual(["error"]);
    expect((await states(team)).toSorted()).toEqual(["pending", "pending", "sent"]);
    await engine.psql("update notification_targets set quiet_hours = null where id = $1", [id]);
    await hurry(team);
    await sendAll(team, notifiers);
    expect(got).toHaveLength(3);
  });

  it("and snoozes a target is told nothing of what comes up meanwhile, ever", async () => {
    const team = await engine.connect({ config });
    const { got, notifiers } = recorder();
    const id = await makeTarget(team);
    await engine.psql(
      "update notification_targets set snoozed_until = now() + interval '1 hour' where id = $1",
      [id],
    );
    await say(team, 2);
    await sendAll(team, notifiers);
    await engine.psql(
      "update notification_targets set snoozed_until = now() - interval '1 second' where id = $1",
      [id],
    );
    await hurry(team);
    await sendAll(team, notifiers);
    expect(got).toEqual([]);
    await say(team);
    await sendAll(team, notifiers);
    expect(got).toHaveLength(1);
    expect(await states(team)).toEqual(["skipped", "skipped", "sent"]);
  });
});

describe("whoever dies meanwhile", () => {
  /** The database is gone from the moment in which the other side has taken the message. */
  const dying = (team: Team, isDead: () => boolean): Team["deps"] => ({
    ...team.deps,
    db: {
      ...team.deps.db,
      withCompany: (...asked: Parameters<Team["deps"]["db"]["withCompany"]>) =>
        isDead() ? new Promise(() => undefined) : team.deps.db.withCompany(...asked),
    } as Team["deps"]["db"],
  });

  it("between answer and record: the message is repeated under its own id, and only that one", async () => {
    const team = await engine.connect({ config });
    const { got, sink, notifiers } = recorder();
    await makeTarget(team);
    await say(team, 2);
    let isDead = false;
    sink.after = async () => void (isDead = true);
    void notify(
      dying(team, () => isDead),
      notifiers,
      team.companyId,
    );
    while (!isDead) await new Promise((resolve) => setTimeout(resolve, 5));
    sink.after = async () => undefined;
    await notify(team.deps, notifiers, team.companyId);
    const first = got[0]?.message;
    expect(got.filter(({ message }) => message.id === first?.id)).toHaveLength(1);
    await hurry(team);
    await sendAll(team, notifiers);
    const ids = got.map(({ message }) => message.id);
    expect(ids.filter((id) => id === first?.id)).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    expect(await states(team)).toEqual(["sent", "sent"]);
  });

  it("two senders at the same time send each message once", async () => {
    const team = await engine.connect({ config });
    const { got, arrived, notifiers } = recorder();
    const id = await makeTarget(team);
    await makeTarget(team);
    await say(team, 3);
    await Promise.all(Array.from({ length: 4 }, () => sendAll(team, notifiers)));
    await sendAll(team, notifiers);
    expect(arrived()).toHaveLength(6);
    const times = got.filter(({ target }) => target.address.endsWith(id)).map(({ at }) => at);
    for (let at = 1; at < times.length; at++)
      expect((times[at] ?? 0) - (times[at - 1] ?? 0)).toBeGreaterThan(900);
  });

  it("what may have been taken keeps its id, and what was not joins a digest", async () => {
    const team = await engine.connect({
      config: { ...config, RETRY_MIN_MS: 60_000, RETRY_MAX_MS: 60_000 },
    });
    const { got, sink, notifiers } = recorder();
    await makeTarget(team);
    await say(team);
    for (const maybeTaken of [false, true]) {
      sink.before = async () => {
        throw new Retry("not reached", { maybeTaken });
      };
      await hurry(team);
      await notify(team.deps, notifiers, team.companyId);
      const [delivery] = await deliveriesOf(engine, team);
      expect(delivery?.message_id === null).toBe(!maybeTaken);
    }
    sink.before = async () => undefined;
    await say(team, 7);
    await hurry(team);
    await sendAll(team, notifiers);
    expect(got.map(({ message }) => message.notices.length)).toEqual([1, 7]);
  });
});

it("an address that does not open with today's keys fails what is due, and nothing else", async () => {
  const team = await engine.connect({ config });
  const { got, notifiers } = recorder();
  const id = await makeTarget(team);
  await makeTarget(team);
  await engine.psql("update notification_targets set address = 'v1|gone|x|x|x' where id = $1", [
    id,
  ]);
  await say(team);
  await sendAll(team, notifiers);
  expect(got).toHaveLength(1);
  expect((await states(team)).toSorted()).toEqual(["failed", "sent"]);
});
