import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { signed } from "../../notifiers/webhook.ts";

test("a webhook is signed as Standard Webhooks has it", () => {
  // The example of the specification.
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  const body = '{"test": 2432232314}';
  expect(signed(id, 1_614_265_330_000, body, secret)).toEqual({
    "webhook-id": id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("a byte more or another time is another signature", () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  const of = (id: string, at: number, body: string) =>
    signed(id, at, body, secret)["webhook-signature"];
  const found = new Set([
    of("a", 1e12, "{}"),
    of("b", 1e12, "{}"),
    of("a", 1e12 + 1_000, "{}"),
    of("a", 1e12, "{} "),
  ]);
  expect(found.size).toBe(4);
  const key = Buffer.alloc(32, 1);
  const expected = createHmac("sha256", key).update("a.1000000000.{}").digest("base64");
  expect(of("a", 1e12, "{}")).toBe(`v1,${expected}`);
});
