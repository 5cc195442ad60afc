import type { ConnectionRef } from "./messages.ts";
import { steps } from "./steps.ts";

/** Stops the channels, revokes the grant and deletes the secrets of a connection; the trail stays. */
export async function disconnect(ref: ConnectionRef): Promise<void> {
  await steps.stopChannels.executeWithOptions({ summary: "stop push channels" }, [ref]);
  await steps.revokeGrant.executeWithOptions({ summary: "revoke and delete the secrets" }, [ref]);
}

/** Opens a channel for one connection at a person's request, and replaces the one there is. */
export async function openOneChannel(ref: ConnectionRef): Promise<void> {
  await steps.openChannel.executeWithOptions({ summary: "open a push channel" }, [
    { ...ref, replace: true },
  ]);
}

/** Stops the channels of one connection at a person's request; it is polled from then on. */
export async function stopChannels(ref: ConnectionRef): Promise<void> {
  await steps.stopChannels.executeWithOptions({ summary: "stop push channels" }, [ref]);
}
