import { type Accepted, acceptAddress } from "./address.ts";
import { readDiscord, readSlack, readWebhook } from "./answers.ts";
import { renderDiscord } from "./discord.ts";
import { type MailOptions, sendEmail } from "./email.ts";
import { Permanent } from "./errors.ts";
import type { Kind, Message } from "./message.ts";
import { post } from "./post.ts";
import { renderSlack } from "./slack.ts";
import { type Resolve, resolveHost } from "./vet.ts";
import { renderWebhook, signed } from "./webhook.ts";

export interface NotifierOptions {
  /** Null where no mail can be sent. */
  mail: MailOptions | null;
  /** `host:port` that the operator vouches for. */
  allowedHosts: readonly string[];
  now?: () => number;
  resolve?: Resolve;
}

export interface Target {
  kind: Kind;
  address: string;
  /** Of a generic webhook. */
  secret: string | null;
}

export interface Notifiers {
  readonly canMail: boolean;
  /** @throws AddressRefused */
  accept(kind: Kind, address: string): Accepted;
  /**
   * Sends one message and answers what the other side calls it. It is tried once: repeating it may show
   * the message twice, under the same id.
   *
   * @throws Wait, Retry, Permanent, TargetDead
   */
  send(target: Target, message: Message): Promise<string | null>;
}

const timeoutMs = 5_000;
const maxBytes = 64 * 1024;
const json = { "content-type": "application/json", "user-agent": "Syncline" };

export function createNotifiers(options: NotifierOptions): Notifiers {
  const { mail, now = Date.now, resolve = resolveHost } = options;
  const allowed = new Set(options.allowedHosts);
  const limits = { timeoutMs, maxBytes, allowed, resolve };

  const send = async ({ kind, address, secret }: Target, message: Message) => {
    if (kind === "email") {
      if (!mail) throw new Permanent("no mail server is configured (SMTP_URL)");
      return sendEmail(mail, address, message);
    }
    const url = new URL(address);
    if (kind === "slack")
      return readSlack(
        await post(url, { headers: json, body: JSON.stringify(renderSlack(message)) }, limits),
      );
    if (kind === "discord") {
      // Without it, a message that is not saved would look like one that is.
      url.searchParams.set("wait", "true");
      const body = JSON.stringify(renderDiscord(message));
      return readDiscord(await post(url, { headers: json, body }, limits));
    }
    const body = JSON.stringify(renderWebhook(message));
    const headers = { ...json, ...(secret !== null && signed(message.id, now(), body, secret)) };
    return readWebhook(await post(url, { headers, body }, limits));
  };
  return {
    canMail: mail !== null,
    accept: (kind, text) => acceptAddress(kind, text, allowed),
    send,
  };
}
