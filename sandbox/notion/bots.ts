import { randomBytes } from "node:crypto";
import { newId } from "./ids.ts";

export const CAPABILITIES = ["read", "update", "insert"] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** A connection's own user: what it may do, and which objects it was given. */
export interface Bot {
  readonly id: string;
  readonly name: string;
  readonly clientId: string | null;
  /** The person who installed a public connection; null where the workspace owns it. */
  readonly ownerId: string | null;
  capabilities: readonly Capability[];
  /** Objects given or taken away; what is not named is as its parent is. `workspace` stands for all. */
  access: Record<string, boolean>;
}

interface Token {
  readonly botId: string;
  readonly issuedAt: number;
  expired: boolean;
  readonly refreshToken: string | null;
}

export interface AuthorisationCode {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly personId: string;
  readonly objects: readonly string[];
  readonly expiresAt: number;
}

export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
}

export interface SavedBots {
  readonly bots: Bot[];
  readonly tokens: [string, Token][];
  readonly clients: Client[];
}

type NewBot = Omit<Bot, "id">;

export function secret(prefix: string): string {
  return `${prefix}${randomBytes(24).toString("base64url")}`;
}

/** Bots, their tokens, and the clients through which people install them. */
export class Bots {
  readonly bots = new Map<string, Bot>();
  readonly tokens = new Map<string, Token>();
  readonly codes = new Map<string, AuthorisationCode>();
  readonly clients = new Map<string, Client>();

  add(wanted: NewBot): Bot {
    const bot = { id: newId(), ...wanted };
    this.bots.set(bot.id, bot);
    return bot;
  }

  /** One workspace that installs a client again has the same bot. */
  ofClient(clientId: string): Bot | undefined {
    return [...this.bots.values()].find((bot) => bot.clientId === clientId);
  }

  /** The bot behind a token that works. */
  byToken(token: string): Bot | undefined {
    const held = this.tokens.get(token);
    return held === undefined || held.expired ? undefined : this.bots.get(held.botId);
  }

  issue(
    bot: Bot,
    now: number,
    token?: string,
  ): { accessToken: string; refreshToken: string | null } {
    // A static token of an internal connection has nothing beside it that would renew it.
    const refreshToken = bot.clientId === null ? null : secret("nrt_sandbox");
    const accessToken = token ?? secret("ntn_sandbox");
    this.tokens.set(accessToken, { botId: bot.id, issuedAt: now, expired: false, refreshToken });
    return { accessToken, refreshToken };
  }

  /** Takes a refresh token and the access token beside it out of use: each works once. */
  spend(refreshToken: string): Bot | undefined {
    for (const [text, token] of this.tokens) {
      if (token.refreshToken !== refreshToken) continue;
      this.tokens.delete(text);
      return this.bots.get(token.botId);
    }
    return undefined;
  }

  /** Access tokens stop working; what renews them goes on. */
  expire(botId: string | undefined): void {
    for (const token of this.tokens.values())
      if (botId === undefined || token.botId === botId) token.expired = true;
  }

  /** Takes a connection out of the workspace: every token of the bot is gone. */
  revokeBot(botId: string): void {
    for (const [text, token] of this.tokens) if (token.botId === botId) this.tokens.delete(text);
  }

  clear(): void {
    for (const map of [this.bots, this.tokens, this.codes, this.clients]) map.clear();
  }

  save(): SavedBots {
    return {
      bots: [...this.bots.values()],
      tokens: [...this.tokens],
      clients: [...this.clients.values()],
    };
  }

  load(saved: SavedBots): void {
    for (const bot of saved.bots) this.bots.set(bot.id, bot);
    for (const [text, token] of saved.tokens) this.tokens.set(text, token);
    for (const client of saved.clients) this.clients.set(client.clientId, client);
  }
}
