import type { ChannelMessage } from "../connectors/connector.ts";
import { type Channel, findChannel, noteMessage } from "../db/channels.ts";
import { sameDigest, sha256 } from "../db/secrets.ts";
import type { Deps } from "./deps.ts";
import { distinct } from "./distinct.ts";
import { type Answer, type Route, route } from "./route.ts";

const heard: Answer = { status: 200 };
const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Google's notifications. Anything that might be genuine is answered with 200, believed or not: an
 * answer tells a forger nothing. The body is not read. The ring is durable before the answer; only when
 * that fails is Google asked to try again.
 */
export const googleWebhookRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/calendar/webhooks/google",
    role: "public",
    limited: false,
    tag: "webhooks",
    summary: "Google's notifications",
    answers: {
      200: { description: "Heard" },
    },
    refuses: [503],
    handle: async (deps, call) => {
      const message = deps.registry
        .calendar("google-calendar")
        .webhook?.read(distinct(call.req.headersDistinct));
      if (!message || !isUuid.test(message.channelId)) return heard;
      const channel = await deps.database.acrossCompanies((tx) =>
        findChannel(tx, message.channelId),
      );
      if (channel && isGenuine(channel, message, deps.now())) await ring(deps, channel, message);
      return heard;
    },
  }),
];

/** Channel, secret and resource must all be the ones we know; an old channel is heard while it overlaps. */
function isGenuine(channel: Channel, message: ChannelMessage, now: number): boolean {
  if (!sameDigest(sha256(message.secret), channel.secretHash)) return false;
  if (channel.state === "closed" || channel.state === "failed") return false;
  if (channel.expiresAt !== null && channel.expiresAt.getTime() <= now) return false;
  // Its first message may arrive before the answer that names the resource.
  return channel.resourceId === null
    ? channel.state === "opening"
    : channel.resourceId === message.resourceId;
}

async function ring(deps: Deps, channel: Channel, message: ChannelMessage): Promise<void> {
  const { companyId, connectionId } = channel;
  const due = await deps.database.withCompany(companyId, async (tx) => {
    const isNews = await noteMessage(tx, channel.id, message.messageNumber);
    if (!isNews || message.handshake) return false;
    const rung = await deps.frontDoor.ringIn(tx, {
      companyId,
      connectionId,
      trigger: "webhook",
      by: "system",
    });
    return rung.signal;
  });
  if (due) deps.frontDoor.signal({ companyId, connectionId });
}
