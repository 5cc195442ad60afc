import { createHmac, randomBytes } from "node:crypto";
import * as z from "zod";
import type { Clock } from "../clock.ts";
import { type CommandAnswer, deliver, type SignedRequest } from "./slack-delivery.ts";

const MOST_ANSWERS = 5;
const ANSWERS_FOR_MS = 30 * 60_000;

export const commandBody = z.strictObject({
  url: z.url(),
  secret: z.string(),
  command: z.string().default("/sync"),
  text: z.string().default(""),
  user_name: z.string().default("anna"),
  user_id: z.string().default("U00000001"),
  team_id: z.string().default("T00000001"),
  team_domain: z.string().default("example"),
  channel_id: z.string().default("C00000001"),
  channel_name: z.string().default("alerts"),
  api_app_id: z.string().default("A00000001"),
  enterprise_id: z.string().optional(),
  enterprise_name: z.string().optional(),
  is_enterprise_install: z.enum(["true", "false"]).default("false"),
  /** Seconds; an old one makes an old signature. */
  timestamp: z.number().int().optional(),
  /** The header itself; "wrong" signs with another secret, null leaves it out. */
  signature: z.string().nullable().optional(),
  /** Asks only whether the address is alive, as Slack does now and then. */
  sslCheck: z.enum(["GET", "POST"]).optional(),
});

type CommandBody = z.infer<typeof commandBody>;

interface Command {
  readonly id: string;
  readonly sentAt: number;
  readonly address: string;
  readonly request: SignedRequest;
  readonly answers: CommandAnswer[];
  /** How often its `response_url` was used. */
  used: number;
}

/** Slash commands that were sent to the product, and what may still come back for them (section 2). */
export class SlackCommands {
  readonly #clock: Clock;
  readonly #all = new Map<string, Command>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(body: CommandBody, origin: string): Promise<Command & { answer: CommandAnswer }> {
    const id = String(this.#all.size + 1);
    const address = `commands/${body.team_id}/${id}/${randomBytes(12).toString("hex")}`;
    const request = sign(body, `${origin}/sinks/slack/${address}`);
    const sentAt = this.#clock.now();
    this.#all.set(id, { id, sentAt, address, request, answers: [], used: 0 });
    return this.replay(id);
  }

  /** Sends the very same request, as somebody would who has overheard it. */
  async replay(id: string): Promise<Command & { answer: CommandAnswer }> {
    const command = this.#all.get(id);
    if (command === undefined)
      throw Object.assign(new Error(`No command ${id} was sent.`), { status: 404 });
    const answer = await deliver(command.request);
    command.answers.push(answer);
    return { ...command, answer };
  }

  list(): Command[] {
    return [...this.#all.values()];
  }

  /** Why nothing more may come to this `response_url`, if so. */
  refusal(id: string, address: string): string | undefined {
    const command = this.#all.get(id);
    if (command?.address !== address) return "invalid_url";
    if (this.#clock.now() - command.sentAt > ANSWERS_FOR_MS) return "expired_url";
    return command.used >= MOST_ANSWERS ? "used_url" : undefined;
  }

  use(id: string): void {
    const command = this.#all.get(id);
    if (command !== undefined) command.used += 1;
  }

  clear(): void {
    this.#all.clear();
  }
}

function sign(asked: CommandBody, responseUrl: string): SignedRequest {
  const { url, secret: _secret, timestamp, signature, sslCheck, ...fields } = asked;
  if (sslCheck === "GET")
    return { method: "GET", url: withSslCheck(url), headers: {}, body: undefined };
  const form = sslCheck === undefined ? commandForm(fields, responseUrl) : { ssl_check: "1" };
  const body = new URLSearchParams({ token: "deprecated", ...form }).toString();
  // The receiver compares with a clock of its own, which the sandbox's clock does not move.
  const seconds = String(timestamp ?? Math.floor(Date.now() / 1000));
  const headers: Record<string, string> = {
    "content-type": "application/x-www-form-urlencoded",
    "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "x-slack-request-timestamp": seconds,
  };
  if (signature !== null) headers["x-slack-signature"] = signatureOf(asked, seconds, body);
  return { method: "POST", url, headers, body };
}

function commandForm(
  fields: Readonly<Record<string, string | undefined>>,
  responseUrl: string,
): Record<string, string> {
  const told = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(told) as Record<string, string>),
    response_url: responseUrl,
    trigger_id: `1.2.${randomBytes(8).toString("hex")}`,
  };
}

function withSslCheck(url: string): string {
  const target = new URL(url);
  target.searchParams.set("ssl_check", "1");
  return target.href;
}

function signatureOf({ secret, signature }: CommandBody, seconds: string, body: string): string {
  if (typeof signature === "string" && signature !== "wrong") return signature;
  const key = signature === "wrong" ? `not ${secret}` : secret;
  return `v0=${createHmac("sha256", key).update(`v0:${seconds}:${body}`).digest("hex")}`;
}
