import { createTransport, type SendMailOptions } from "nodemailer";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Running, start } from "./sinks-client.ts";

let now: Running;
beforeEach(async () => void (now = await start()));
afterEach(() => now.listening.close());

const MAIL = {
  from: "Sync <noreply@example.test>",
  to: "ops@example.test",
  subject: "Sync failed",
  text: "Access was revoked.",
  messageId: "<run-42.failed@example.test>",
};

interface Options {
  readonly mail?: SendMailOptions;
  readonly auth?: { user: string; pass: string };
  readonly requireTLS?: boolean;
}

/** Sends with the real client, with little patience. */
async function send({ mail = {}, ...transport }: Options = {}) {
  const client = createTransport({
    host: "127.0.0.1",
    port: now.smtpPort,
    secure: false,
    connectionTimeout: 2000,
    greetingTimeout: 500,
    socketTimeout: 1000,
    ...transport,
  });
  return client.sendMail({ ...MAIL, ...mail });
}

const refused = async (options?: Options): Promise<object> => {
  try {
    await send(options);
  } catch (error) {
    const { code, command, responseCode } = error as Record<string, unknown>;
    return { code, command, responseCode };
  }
  throw new Error("The mail was not refused.");
};

test("control tells the port", async () => {
  expect(await now.control("GET", "")).toMatchObject({ smtpPort: now.smtpPort });
});

test("a mail is taken, and kept as a person reads it", async () => {
  const text = `Zugriff verloren: ${"sehr lange Zeile – ".repeat(10)}\n.\n.Punkt = 100 %`;
  const { response, accepted } = await send({
    mail: {
      to: ["ops@example.test", "anna@example.test"],
      subject: `Störung „Kalender“ ${"ü".repeat(60)}`,
      text,
      html: "<p>Zugriff <b>verloren</b> – größer</p>",
      headers: { "Auto-Submitted": "auto-generated" },
    },
  });
  expect(response).toBe("250 Queued as sim-1");
  expect(accepted).toHaveLength(2);
  const [message] = await now.messages("?sink=smtp");
  expect(message).toMatchObject({ status: 250, accepted: true });
  expect(message?.content).toMatchObject({
    from: "noreply@example.test",
    to: ["ops@example.test", "anna@example.test"],
    subject: `Störung „Kalender“ ${"ü".repeat(60)}`,
    text,
    html: "<p>Zugriff <b>verloren</b> – größer</p>",
    messageId: "<run-42.failed@example.test>",
    headers: { "auto-submitted": "auto-generated" },
  });
});

test.each(["base64", "quoted-printable"] as const)("a mail in %s is read", async (textEncoding) => {
  await send({ mail: { text: "größer – 😀", textEncoding } });
  const [message] = await now.messages();
  expect(message?.content["text"]).toBe("größer – 😀");
});

test.each([
  ["greylisted", { code: "EENVELOPE", command: "RCPT TO", responseCode: 451 }],
  ["unknown_recipient", { code: "EENVELOPE", command: "RCPT TO", responseCode: 550 }],
  ["sender_refused", { code: "EENVELOPE", command: "MAIL FROM", responseCode: 421 }],
  ["too_large", { code: "EMESSAGE", command: "DATA", responseCode: 552 }],
  ["no_greeting", { code: "ETIMEDOUT", command: "CONN", responseCode: undefined }],
])("%s comes on demand, once", async (kind, error) => {
  await now.trouble({ sink: "smtp", kind });
  expect(await refused()).toEqual(error);
  expect(await now.messages("?accepted=true")).toEqual([]);
  expect(await now.messages()).toHaveLength(1);
  expect((await send()).response).toMatch(/^250 /);
});

test.each([451, 550, 552, 421])("the bare status %i stands for its kind", async (status) => {
  await now.trouble({ sink: "smtp", status });
  expect(await refused()).toMatchObject({ responseCode: status });
});

test("a wrong password is refused, and no password otherwise", async () => {
  const auth = { user: "sync", pass: "wrong" };
  await now.trouble({ sink: "smtp", kind: "wrong_password", times: 2 });
  expect(await refused({ auth })).toEqual({
    code: "EAUTH",
    command: "AUTH PLAIN",
    responseCode: 535,
  });
  expect(await refused()).toMatchObject({ command: "MAIL FROM", responseCode: 530 });
  expect((await send({ auth })).response).toMatch(/^250 /);
});

test.each([
  ["drop_after_data", "ECONNECTION"],
  ["no_answer_after_data", "ETIMEDOUT"],
])("after %s the mail is there and the sender does not know", async (kind, code) => {
  await now.trouble({ sink: "smtp", kind });
  expect(await refused()).toEqual({ code, command: "CONN", responseCode: undefined });
  await send();
  const ids = (await now.messages("?accepted=true")).map(({ content }) => content["messageId"]);
  expect(ids).toEqual([MAIL.messageId, MAIL.messageId]);
});

test("one recipient of two can be refused", async () => {
  await now.trouble({ sink: "smtp", kind: "unknown_recipient", target: "gone@" });
  const result = await send({ mail: { to: ["ops@example.test", "gone@example.test"] } });
  expect(result.rejected).toEqual(["gone@example.test"]);
  const [kept] = await now.messages("?accepted=true");
  expect(kept?.content["to"]).toEqual(["ops@example.test"]);
});

test("it does not speak TLS, and does not take what is very large", async () => {
  expect(await refused({ requireTLS: true })).toMatchObject({ code: "ETLS", command: "STARTTLS" });
  expect(await refused({ mail: { text: "a\n".repeat(600_000) } })).toMatchObject({
    responseCode: 552,
  });
});

test("it fails for ten minutes of the sandbox's clock", async () => {
  await now.trouble({ sink: "smtp", kind: "greylisted", untilMs: Date.now() + 600_000 });
  for (let turn = 0; turn < 2; turn += 1)
    expect(await refused()).toMatchObject({ responseCode: 451 });
  await now.shiftClock(601_000);
  expect((await send()).response).toMatch(/^250 /);
});

test("it ends while somebody still waits for a greeting", async () => {
  await now.trouble({ sink: "smtp", kind: "no_greeting" });
  const waiting = refused();
  await expect.poll(async () => (await now.messages()).length).toBe(1);
  await now.listening.close();
  await waiting;
  now = await start();
});
