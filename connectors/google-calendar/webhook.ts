import type { Webhook } from "../connector.ts";

/**
 * The headers of a notification (guide: Push notifications). The messages are not signed, so whoever
 * reads one compares its secret before believing it. Two headers of one name arrive as an array or
 * joined by a comma, and neither passes.
 */
const shapes = {
  "x-goog-channel-id": /^[\w+/=-]{1,64}$/,
  "x-goog-channel-token": /^[^,\s]{1,256}$/,
  "x-goog-message-number": /^\d{1,15}$/,
  "x-goog-resource-id": /^[^,\s]{1,256}$/,
  "x-goog-resource-state": /^(sync|exists|not_exists)$/,
} as const;
type Name = keyof typeof shapes;

export const webhook: Webhook = {
  read(headers) {
    const read = (name: Name): string | null => {
      const value = headers[name];
      return typeof value === "string" && shapes[name].test(value) ? value : null;
    };
    const channelId = read("x-goog-channel-id");
    const secret = read("x-goog-channel-token");
    const number = read("x-goog-message-number");
    const resourceId = read("x-goog-resource-id");
    const state = read("x-goog-resource-state");
    if (channelId === null || secret === null || resourceId === null) return null;
    if (number === null || state === null) return null;
    const handshake = state === "sync";
    return { channelId, resourceId, secret, handshake, messageNumber: Number(number) };
  },
};
