import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signedDigest } from "../../api/slack-signature.ts";

const secret = "made-up-signing-secret";
const raw = Buffer.from("team_id=T1&text=now+Team%20%E2%80%9Ca%E2%80%9D");
const now = 1_800_000_000_500;
const seconds = 1_800_000_000;

const sign = (at: string, body: Buffer = raw, key = secret) =>
  `v0=${createHmac("sha256", key).update(`v0:${at}:`).update(body).digest("hex")}`;

interface Sent {
  at?: readonly string[] | undefined;
  signature?: readonly string[] | undefined;
  body?: Buffer;
}

const taken = (sent: Sent) =>
  signedDigest({
    secret,
    raw: sent.body ?? raw,
    timestamp: "at" in sent ? sent.at : [String(seconds)],
    signature: "signature" in sent ? sent.signature : [sign(String(seconds))],
    now,
  }) !== null;

describe("what Slack has signed", () => {
  test("is taken, and its digest does not depend on how it is written", () => {
    expect(taken({})).toBe(true);
    expect(taken({ signature: [sign(String(seconds)).toUpperCase().replace("V0", "v0")] })).toBe(
      true,
    );
  });

  test.each([
    [-301, false],
    [-300, true],
    [-299, true],
    [299, true],
    [300, true],
    [301, false],
  ])("with a time that is %i s away: %s", (away, isTaken) => {
    const at = String(seconds + away);
    expect(taken({ at: [at], signature: [sign(at)] })).toBe(isTaken);
  });
});

test.each<[string, Sent]>([
  ["no signature", { signature: undefined }],
  ["an empty one", { signature: [""] }],
  ["one digit", { signature: ["v0=a"] }],
  ["63 digits", { signature: [sign(String(seconds)).slice(0, -1)] }],
  ["65 digits", { signature: [`${sign(String(seconds))}0`] }],
  ["no hexadecimal", { signature: [`v0=${"g".repeat(64)}`] }],
  ["characters of several bytes", { signature: [`v0=${"é".repeat(64)}`] }],
  ["32 bytes that are others", { signature: [`v0=${"0".repeat(64)}`] }],
  ["another version", { signature: [sign(String(seconds)).replace("v0", "v1")] }],
  ["the header twice", { signature: [sign(String(seconds)), sign(String(seconds))] }],
  ["another secret", { signature: [sign(String(seconds), raw, "another")] }],
  ["the time of another request", { at: [String(seconds + 1)] }],
  ["no time", { at: undefined }],
  ["a time that is none", { at: ["1e9"], signature: [sign("1e9")] }],
  ["a negative time", { at: ["-1"], signature: [sign("-1")] }],
  ["the time twice", { at: [String(seconds), String(seconds)] }],
  ["another body", { body: Buffer.concat([raw, Buffer.from(" ")]) }],
  ["the same form in other bytes", { body: Buffer.from("text=now Team “a”&team_id=T1") }],
])("%s is refused and breaks nothing", (_name, sent) => {
  expect(taken(sent)).toBe(false);
});
