import { describe, expect, test } from "vitest";
import { pauseMs, readDiscord, readSlack, readWebhook } from "../../notifiers/answers.ts";
import { readMailError, smtpOptions } from "../../notifiers/email.ts";
import { isNotSent, type Retry, type Wait } from "../../notifiers/errors.ts";

type Outcome = "sent" | "Wait" | "Retry" | "Permanent" | "TargetDead";

function outcome(work: () => unknown): { is: Outcome; error?: Wait | Retry } {
  try {
    work();
    return { is: "sent" };
  } catch (error) {
    if (!isNotSent(error)) throw error;
    return { is: error.name as Outcome, error: error as Wait | Retry };
  }
}

const reply = (status: number, text = "", retryAfter?: string) => ({ status, text, retryAfter });

describe("Slack", () => {
  test.each([
    [200, "ok", "sent"],
    [200, " ok\n", "sent"],
    [200, "<html>", "Retry"],
    [204, "", "Retry"],
    ...[
      "invalid_payload",
      "no_text",
      "invalid_blocks",
      "too_many_attachments",
      "user_not_found",
    ].map((word) => [400, word, "Permanent"] as const),
    ...["action_prohibited", "invalid_token", "team_disabled"].map(
      (word) => [403, word, "TargetDead"] as const,
    ),
    ...["channel_not_found", "no_service", "no_team", "no_active_hooks"].map(
      (word) => [404, word, "TargetDead"] as const,
    ),
    [410, "channel_is_archived", "TargetDead"],
    [429, "", "Wait"],
    [500, "rollup_error", "Retry"],
    [503, "", "Retry"],
    [418, "what", "Permanent"],
    [302, "", "Permanent"],
  ] as [number, string, Outcome][])("%i %s is %s", (status, text, is) => {
    expect(outcome(() => readSlack(reply(status, text))).is).toBe(is);
  });
});

describe("Discord", () => {
  const body = (code: number) => JSON.stringify({ code, message: "words of theirs" });
  test.each([
    [200, '{"id":"77"}', "sent"],
    [204, "", "Retry"],
    [200, "<html>", "Retry"],
    [400, body(50_035), "Permanent"],
    [400, body(50_006), "Permanent"],
    [400, body(220_001), "Permanent"],
    [400, body(50_109), "Permanent"],
    [400, body(240_000), "Permanent"],
    [401, body(50_027), "TargetDead"],
    [404, body(10_015), "TargetDead"],
    [404, "<html>", "Wait"],
    [403, "<html>", "Wait"],
    [403, body(50_013), "Permanent"],
    [429, '{"retry_after":0.529,"global":false}', "Wait"],
    [429, "<html>", "Wait"],
    [500, "", "Retry"],
    [502, "<html>", "Retry"],
    [301, "", "Permanent"],
  ] as [number, string, Outcome][])("%i %s is %s", (status, text, is) => {
    const { is: found, error } = outcome(() => readDiscord(reply(status, text)));
    expect(found).toBe(is);
    expect(error?.message ?? "").not.toContain("theirs");
  });

  test("its pause is in seconds and has a fraction; the message's id is the receipt", () => {
    const limited = outcome(() => readDiscord(reply(429, '{"retry_after":0.529}', "9")));
    expect((limited.error as Wait).afterMs).toBe(529);
    expect((outcome(() => readDiscord(reply(429, "{}", "9"))).error as Wait).afterMs).toBe(9_000);
    expect(readDiscord(reply(200, '{"id":"77"}'))).toBe("77");
  });
});

test.each([
  [200, "sent"],
  [204, "sent"],
  [202, "sent"],
  [301, "Permanent"],
  [307, "Permanent"],
  [400, "Permanent"],
  [404, "Permanent"],
  [408, "Retry"],
  [410, "TargetDead"],
  [429, "Wait"],
  [500, "Retry"],
  [503, "Retry"],
] as [number, Outcome][])("a webhook's %i is %s", (status, is) => {
  expect(outcome(() => readWebhook(reply(status, "anything"))).is).toBe(is);
});

test("a pause that nobody can believe is a usual one, and none is longer than an hour", () => {
  expect(["2", 0.5, "x", undefined, "-1", "0", "1e9"].map(pauseMs)).toEqual([
    2_000, 500, 30_000, 30_000, 30_000, 30_000, 3_600_000,
  ]);
});

describe("mail", () => {
  test.each([
    ["all recipients refused", { code: "EENVELOPE", responseCode: 550 }, "Permanent", false],
    ["greylisted", { code: "EENVELOPE", responseCode: 451 }, "Retry", false],
    ["no recipient", { code: "EENVELOPE" }, "Permanent", false],
    ["wrong password", { code: "EAUTH", responseCode: 535 }, "TargetDead", false],
    ["authentication for later", { code: "EAUTH", responseCode: 454 }, "Retry", false],
    ["too large", { code: "EMESSAGE", responseCode: 552 }, "Permanent", false],
    ["STARTTLS not offered", { code: "ETLS", responseCode: 500 }, "Permanent", false],
    ["STARTTLS not offered, otherwise", { code: "ETLS", responseCode: 454 }, "Permanent", false],
    ["refused", { code: "ESOCKET", message: "connect ECONNREFUSED 127.0.0.1:1" }, "Retry", false],
    ["no greeting", { code: "ETIMEDOUT", message: "Greeting never received" }, "Retry", false],
    ["no connection", { code: "ETIMEDOUT", message: "Connection timeout" }, "Retry", false],
    ["no such name", { code: "EDNS" }, "Retry", true],
    [
      "an old certificate",
      { code: "ESOCKET", message: "certificate has expired" },
      "Permanent",
      false,
    ],
    [
      "its own certificate",
      { code: "ESOCKET", message: "self-signed certificate" },
      "Permanent",
      false,
    ],
    [
      "TLS at a plain port",
      { code: "ESOCKET", message: "write EPROTO: wrong version number" },
      "Permanent",
      false,
    ],
    ["sender for later", { code: "EENVELOPE", responseCode: 421 }, "Retry", false],
    [
      "dropped after the body",
      { code: "ECONNECTION", message: "Connection closed unexpectedly" },
      "Retry",
      true,
    ],
    ["no answer after the body", { code: "ETIMEDOUT", message: "Timeout" }, "Retry", true],
    ["what nobody knows", { code: "EWHATEVER" }, "Retry", true],
  ] as [string, { code: string; responseCode?: number; message?: string }, Outcome, boolean][])(
    "%s",
    (_name, { message = "", ...facts }, is, maybeTaken) => {
      const read = readMailError(Object.assign(new Error(message), facts));
      expect([read.name, read.maybeTaken]).toEqual([
        is,
        facts.code === "EDNS" ? false : maybeTaken,
      ]);
      if (facts.code === "EDNS") expect((read as Retry).mostTries).toBe(5);
    },
  );

  test("TLS is insisted on, but for our own machine and where the operator says otherwise", () => {
    expect(smtpOptions("smtp://u:p%40ss@mail.example.test")).toMatchObject({
      port: 587,
      secure: false,
      requireTLS: true,
      auth: { user: "u", pass: "p@ss" },
    });
    expect(smtpOptions("smtps://mail.example.test")).toMatchObject({ port: 465, secure: true });
    expect(smtpOptions("smtp://127.0.0.1:2525")).toMatchObject({ ignoreTLS: true, port: 2_525 });
    expect(smtpOptions("smtp://mail.example.test:25?tls=off")).toMatchObject({ ignoreTLS: true });
    expect(smtpOptions("smtp://localhost.example.test")).toMatchObject({ requireTLS: true });
  });
});
