import type { Kind } from "./message.ts";
import { placeOf, refusalOf } from "./post.ts";

/** An address that nothing is sent to; the message says why, for whoever entered it. */
export class AddressRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AddressRefused";
  }
}

/** An address as it is kept, and what of it may be shown. */
export interface Accepted {
  address: string;
  tail: string;
}

const slackHosts = new Set(["hooks.slack.com", "hooks.slack-gov.com"]);
const discordHosts = new Set(
  ["", "ptb.", "canary."].map((at) => `${at}discord.com`).concat("discordapp.com"),
);
const discordPath = /^\/api(\/v\d+)?\/webhooks\/\d+\/[\w-]+$/;
const mailbox =
  /^[^\s@<>(),;:"\\[\]]{1,64}@([\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;

/**
 * Whether something of this kind may be sent to an address. What its name resolves to is looked at each
 * time that something is sent.
 *
 * @throws AddressRefused
 */
export function acceptAddress(kind: Kind, text: string, allowed: ReadonlySet<string>): Accepted {
  if (kind === "email") return acceptMailbox(text);
  if (!URL.canParse(text)) throw new AddressRefused("is not an address");
  const url = new URL(text);
  url.hash = "";
  const refusal = refusalOf(url, allowed);
  if (refusal !== null) throw new AddressRefused(refusal);
  if (!allowed.has(placeOf(url))) refuseStrangers(kind, url);
  return { address: url.href, tail: `${url.host}/…${url.href.slice(-4)}` };
}

function refuseStrangers(kind: Kind, url: URL): void {
  const isDefaultPort = url.port === "";
  if (
    kind === "slack" &&
    !(slackHosts.has(url.hostname) && isDefaultPort && url.pathname.length > 1)
  )
    throw new AddressRefused("is not an incoming webhook of Slack's (https://hooks.slack.com/…)");
  if (
    kind === "discord" &&
    !(discordHosts.has(url.hostname) && isDefaultPort && discordPath.test(url.pathname))
  )
    throw new AddressRefused("is not a webhook of Discord's (https://discord.com/api/webhooks/…)");
}

function acceptMailbox(text: string): Accepted {
  const address = text.trim();
  if (address.length > 254 || !mailbox.test(address))
    throw new AddressRefused("is not a mail address");
  return {
    address,
    tail: `${Array.from(address)[0] ?? ""}…@${address.slice(address.indexOf("@") + 1)}`,
  };
}
