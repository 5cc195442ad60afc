import type { Watch } from "../connector.ts";
import { Gone } from "../errors.ts";
import type { Api } from "./api.ts";

/** Push channels (guide: Push notifications). There is no renewal: a new one is opened before the old one ends. */
export function createWatch(api: Api, now: () => number): Watch {
  return {
    async open({ id, address, secret, ttlSeconds }, signal) {
      const params = { ttl: String(ttlSeconds) };
      const channel = { id, type: "web_hook", address, token: secret, params };
      const { resourceId, expiration } = await api.watch(channel, signal);
      return { resourceId, expiresAt: expiration ?? now() + ttlSeconds * 1000 };
    },

    async close({ id, resourceId }, signal) {
      try {
        await api.stop({ id, resourceId }, signal);
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
      }
    },
  };
}
