import { expect, test } from "vitest";
import { webhook } from "../../../connectors/google-calendar/webhook.ts";

const headers = {
  host: "hooks.example.test",
  "x-goog-channel-id": "0f2f6a3e-5b7d-4d0a-9a66-3f6f0e0a1b2c",
  "x-goog-channel-token": "c2VjcmV0_-",
  "x-goog-channel-expiration": "Mon, 09 Mar 2026 08:00:00 GMT",
  "x-goog-message-number": "1",
  "x-goog-resource-id": "opaqueResource1",
  "x-goog-resource-state": "sync",
  "x-goog-resource-uri": "https://www.googleapis.com/calendar/v3/calendars/x/events?alt=json",
};

test("a notification is read from its headers", () => {
  const message = {
    channelId: headers["x-goog-channel-id"],
    resourceId: "opaqueResource1",
    secret: "c2VjcmV0_-",
  };
  expect(webhook.read(headers)).toEqual({ ...message, handshake: true, messageNumber: 1 });
  const later = { ...headers, "x-goog-message-number": "4711", "x-goog-resource-state": "exists" };
  expect(webhook.read(later)).toEqual({ ...message, handshake: false, messageNumber: 4711 });
});

test.each([
  "x-goog-channel-id",
  "x-goog-channel-token",
  "x-goog-message-number",
  "x-goog-resource-id",
  "x-goog-resource-state",
] as const)("a notification whose %s is missing, doubled or misshapen is none", (name) => {
  for (const value of [
    undefined,
    "",
    [headers[name]],
    `${headers[name]}, ${headers[name]}`,
    "a b",
    "x".repeat(300),
  ]) {
    expect(webhook.read({ ...headers, [name]: value })).toBeNull();
  }
});
