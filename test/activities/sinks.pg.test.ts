import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { notify } from "../../activities/notify.ts";
import { addNotices } from "../../db/notices.ts";
import { isNotSent } from "../../notifiers/errors.ts";
import { createNotifiers, type Notifiers, type Target } from "../../notifiers/index.ts";
import type { SinkName } from "../../sandbox/sinks/arrivals.ts";
import { aMessage } from "../notifiers/messages.ts";
import { type Running, start } from "../sandbox/sinks-client.ts";
import { deliveriesOf, makeTarget } from "../support/alerts.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let sandbox: Running;
let engine: Engine;
let notifiers: Notifiers;
const secret = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
const kinds = ["slack", "discord", "email", "webhook"] as const;
const sinkOf = (kind: (typeof kinds)[number]): SinkName => (kind === "email" ? "smtp" : kind);

beforeAll(async () => {
  sandbox = await start();
  engine = await startEngine(inject("databaseUrl"));
  notifiers = createNotifiers({
    mail: {
      url: `smtp://ours:good@127.0.0.1:${sandbox.smtpPort}`,
      from: "Syncline <noreply@example.test>",
    },
    allowedHosts: [new URL(sandbox.url).host],
  });
  await sandbox.control("POST", "/webhook/secret", { name: "alerts", secret });
});
afterAll(async () => {
  await engine?.stop();
  await sandbox?.listening.close();
});
beforeEach(() => sandbox.control("DELETE", "/messages"));

const addresses: Record<(typeof kinds)[number], () => string> = {
  slack: () => `${sandbox.url}/sinks/slack/services/T00000001/B00000001/invented`,
  discord: () => `${sandbox.url}/sinks/discord/api/webhooks/100000000000000002/invented`,
  email: () => "ops@example.test",
  webhook: () => `${sandbox.url}/sinks/webhook/alerts`,
};
const targetOf = (kind: (typeof kinds)[number]): Target => ({
  kind,
  address: addresses[kind](),
  secret: kind === "webhook" ? secret : null,
});

describe("as those who take them see it", () => {
  it.each(kinds)("a message by %s is as it should be", async (kind) => {
    const receipt = await notifiers.send(targetOf(kind), aMessage());
    const [arrival, ...others] = await sandbox.messages(`?sink=${sinkOf(kind)}`);
    expect(others).toEqual([]);
    expect(arrival).toMatchObject({ accepted: true });
    const content = JSON.stringify(arrival?.content);
    expect(content).toContain("it fails for good (forbidden)");
    expect(content).toContain(kind === "webhook" ? '\\"id\\":12' : "#12");
    if (kind === "email") {
      expect(content).toMatch(/auto-generated/i);
      expect(receipt).toBe("<notice-0b9c6f0e-0000-4000-8000-000000000001@example.test>");
      expect(content).toContain("notice-0b9c6f0e-0000-4000-8000-000000000001@example.test");
    }
    if (kind === "discord") expect(receipt).toMatch(/^\d+$/);
    if (kind === "webhook") expect(content).toContain('"signature":"valid"');
  });

  it("the longest and the strangest are taken by all", async () => {
    const long = `<!channel> @everyone & *${"😀".repeat(9_000)}`;
    const [notice] = aMessage().notices;
    const notices = Array.from({ length: 100 }, (_, at) => ({
      ...notice!,
      id: at,
      text: long,
      about: long,
    }));
    for (const kind of kinds)
      await notifiers.send(targetOf(kind), aMessage({ title: long, notices, more: 7 }));
    expect((await sandbox.messages("?accepted=true")).map(({ sink }) => sink)).toEqual(
      kinds.map(sinkOf),
    );
  });
});

describe("trouble on demand", () => {
  it.each([
    ["slack", "invalid_payload", "Permanent"],
    ["slack", "invalid_token", "TargetDead"],
    ["slack", "no_service", "TargetDead"],
    ["slack", "channel_is_archived", "TargetDead"],
    ["slack", "rate_limited", "Wait"],
    ["slack", "rollup_error", "Retry"],
    ["discord", "invalid_form_body", "Permanent"],
    ["discord", "invalid_webhook_token", "TargetDead"],
    ["discord", "unknown_webhook", "TargetDead"],
    ["discord", "rate_limited", "Wait"],
    ["discord", "blocked_at_edge", "Wait"],
    ["discord", "lost", "Retry"],
    ["email", "no_greeting", "Retry"],
    ["email", "wrong_password", "TargetDead"],
    ["email", "sender_refused", "Retry"],
    ["email", "greylisted", "Retry"],
    ["email", "unknown_recipient", "Permanent"],
    ["email", "too_large", "Permanent"],
    ["email", "drop_after_data", "Retry"],
    ["webhook", "gone", "TargetDead"],
    ["webhook", "rate_limited", "Wait"],
    ["webhook", "unavailable", "Retry"],
  ] as const)("%s: %s is %s", { timeout: 40_000 }, async (kind, trouble, is) => {
    await sandbox.trouble({ sink: sinkOf(kind), kind: trouble });
    const error = await notifiers.send(targetOf(kind), aMessage()).catch((found: unknown) => found);
    expect(isNotSent(error) && error.name).toBe(is);
    if (isNotSent(error))
      expect(error.maybeTaken).toBe(
        ["rollup_error", "lost", "unavailable", "drop_after_data"].includes(trouble),
      );
  });

  it("a wrong secret is the receiver's to refuse", async () => {
    const wrong = {
      ...targetOf("webhook"),
      secret: `whsec_${Buffer.alloc(32).toString("base64")}`,
    };
    await expect(notifiers.send(wrong, aMessage())).rejects.toThrow("the webhook answered 401");
  });
});

it(
  "F49: all alerts arrive when a sink fails for ten minutes, once each, and nobody else waits",
  { timeout: 120_000 },
  async () => {
    const team = await engine.connect({ config: { RETRY_MIN_MS: 1_000, RETRY_MAX_MS: 300_000 } });
    for (const kind of kinds) await makeTarget(team, { ...targetOf(kind), tail: "…" });
    const failing = [
      { sink: "slack", status: 500 },
      { sink: "discord", status: 429, retryAfter: 20 },
      { sink: "smtp", kind: "greylisted" },
    ];
    for (const trouble of failing) await sandbox.trouble({ ...trouble, forMs: 600_000 });
    /** Half a minute passes: for the sinks, and for what waits here. */
    let passed = 0;
    const halfMinute = async () => {
      passed += 30_000;
      await sandbox.shiftClock(passed);
      for (const [table, columns] of [
        ["deliveries", ["next_attempt_at", "created_at"]],
        ["notification_targets", ["wait_until", "last_sent_at"]],
      ] as const)
        for (const column of columns)
          await engine.psql(
            `update ${table} set ${column} = ${column} - interval '30 seconds' where company_id = $1`,
            [team.companyId],
          );
    };
    let said = 0;
    for (let step = 0; step < 22; step++) {
      if (step < 18) {
        const message = `it fails, number ${said++};`;
        const notice = {
          kind: "failed",
          severity: "error" as const,
          connectionId: team.connectionId,
          subjectId: null,
          message,
          repeats: 0,
        };
        await team.deps.db.withCompany(team.companyId, (tx) =>
          addNotices(tx, team.companyId, [notice]),
        );
      }
      await notify(team.deps, notifiers, team.companyId);
      await halfMinute();
    }
    for (let step = 0; step < 14; step++) {
      await halfMinute();
      await notify(team.deps, notifiers, team.companyId);
    }
    const taken = await sandbox.messages("?accepted=true");
    for (const kind of kinds) {
      const text = JSON.stringify(
        taken.filter(({ sink }) => sink === sinkOf(kind)).map(({ content }) => content),
      );
      for (let number = 0; number < said; number++) {
        // A mail and Slack's fallback say a line more than once: what counts is in how many messages it is.
        const holding = taken.filter(
          ({ sink, content }) =>
            sink === sinkOf(kind) && JSON.stringify(content).includes(`number ${number};`),
        );
        expect([kind, number, holding.length, text.length > 0]).toEqual([kind, number, 1, true]);
      }
    }
    const all = await deliveriesOf(engine, team);
    expect(all).toHaveLength(said * kinds.length);
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(["sent"]));
    // A sink that fails is asked now and then, not once for every alert that waits.
    const refused = (await sandbox.messages("?accepted=false")).length;
    expect(refused).toBeLessThan(70);
    console.log(`refused tries while three sinks failed: ${refused}`);
  },
);
