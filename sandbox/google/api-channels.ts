import { bodyObject, type Call, openCalendar, type Operation } from "./api-context.ts";
import { roleAtLeast } from "./calendar.ts";
import { forbidden, GoogleError, invalid, notFound, required } from "./errors.ts";
import type { Channel } from "./push.ts";
import { compact, isObject, type JsonObject } from "../json.ts";

const USUAL_TTL_S = 604_800;
const LOCAL_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

const watchEvents: Operation = async (call) => {
  const { calendar, role } = openCalendar(call);
  if (!roleAtLeast(role, "reader")) throw forbidden("forbidden", "Forbidden");
  if (!calendar.data.watchable) {
    const message = "Push notifications are not supported by this resource.";
    throw new GoogleError(400, "calendar", "pushNotSupportedForRequestedResource", message);
  }
  const { id } = calendar.data;
  return watch(
    call,
    id,
    `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(id)}/events?alt=json`,
  );
};

const watchList: Operation = (call) =>
  watch(
    call,
    `calendarList:${call.account.email}`,
    "https://www.googleapis.com/calendar/v3/users/me/calendarList?alt=json",
  );

const watchSettings: Operation = (call) =>
  watch(
    call,
    `settings:${call.account.email}`,
    "https://www.googleapis.com/calendar/v3/users/me/settings?alt=json",
  );

async function watch(
  call: Call,
  resource: string,
  resourceUri: string,
): Promise<{ value: JsonObject }> {
  const { google, account, clientId } = call;
  const body = bodyObject(call);
  const id = channelId(body, google.push.channels);
  const address = channelAddress(body);
  const token = body["token"];
  if (typeof token === "string" && token.length > 256) throw invalid("Invalid Value", "token");
  const channel: Channel = {
    id,
    address,
    resource,
    resourceUri,
    resourceId: Buffer.from(`${resource}\n${account.email}`).toString("base64url").slice(0, 40),
    ...(typeof token === "string" ? { token } : {}),
    email: account.email,
    clientId,
    expiration: expirationOf(body, google.clock.now(), google.settings.channelMaxMs),
    messageNumber: 0,
  };
  await google.push.open(channel);
  google.changed();
  const { resourceId, expiration } = channel;
  return {
    value: compact({
      kind: "api#channel",
      id,
      resourceId,
      resourceUri,
      token: channel.token,
      expiration: String(expiration),
    }),
  };
}

function channelId(body: JsonObject, channels: ReadonlyMap<string, Channel>): string {
  const { id, type } = body;
  if (typeof id !== "string" || id === "") throw required("Required", "id");
  if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw invalid("Invalid Value", "id");
  if (type !== "web_hook" && type !== "webhook") throw invalid("Unknown channel type", "type");
  if (channels.has(id))
    throw new GoogleError(400, "global", "channelIdNotUnique", `Channel id ${id} not unique`);
  return id;
}

/** Google insists on HTTPS; this machine's own addresses are let through, so that a sandbox can call back at all. */
function channelAddress({ address }: JsonObject): string {
  if (typeof address !== "string") throw required("Required", "address");
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const local = url?.protocol === "http:" && LOCAL_HOSTS.has(url.hostname);
  if (url?.protocol !== "https:" && !local) {
    throw new GoogleError(
      400,
      "global",
      "push.webhookUrlNotHttps",
      `WebHook callback must be HTTPS: ${address}`,
    );
  }
  return address;
}

function expirationOf({ expiration, params }: JsonObject, now: number, most: number): number {
  const ttl = Number(isObject(params) ? (params["ttl"] ?? USUAL_TTL_S) : USUAL_TTL_S) * 1000;
  const asked = expiration === undefined || expiration === null ? now + ttl : Number(expiration);
  if (!Number.isFinite(asked) || asked <= now) throw invalid("Invalid Value", "expiration");
  return Math.min(asked, now + most);
}

const stop: Operation = (call) => {
  const { id, resourceId } = bodyObject(call);
  const channel = typeof id === "string" ? call.google.push.channels.get(id) : undefined;
  const own = channel?.email === call.account.email && channel.clientId === call.clientId;
  if (channel === undefined || !own || channel.resourceId !== resourceId) throw notFound();
  call.google.push.stop(channel.id);
  call.google.changed();
  return { status: 204 };
};

export const channelOperations: Readonly<Record<string, Operation>> = {
  "events.watch": watchEvents,
  "calendarList.watch": watchList,
  "settings.watch": watchSettings,
  "channels.stop": stop,
};
