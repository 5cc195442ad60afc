import { randomBytes } from "node:crypto";
import type { Credentials } from "./acts.ts";

const DAY_MS = 86_400_000;

export interface Token {
  readonly retailer: string;
  readonly expiresAt: number;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Access tokens, which last a day. */
export class Tokens {
  readonly #held = new Map<string, Token>();

  /** A new token; it looks like those that the real one gives, and its signature is made up. */
  issue({ retailer, retailerId, clientId }: Credentials, now: number): string {
    for (const [text, { expiresAt }] of this.#held) if (expiresAt <= now) this.#held.delete(text);
    const expiresAt = now + DAY_MS;
    const claims = {
      exp: Math.floor(expiresAt / 1000),
      client_id: clientId,
      client_RetailerCode: retailer,
      client_RetailerId: String(retailerId),
    };
    const head = part({ alg: "RS256", typ: "JWT" });
    const text = `${head}.${part(claims)}.${randomBytes(32).toString("base64url")}`;
    this.#held.set(text, { retailer, expiresAt });
    return text;
  }

  /** The shop that a token which still works is for. */
  retailerOf(text: string, now: number): string | undefined {
    const token = this.#held.get(text);
    return token === undefined || token.expiresAt <= now ? undefined : token.retailer;
  }

  /** Makes tokens of one shop, or all, stop working before their time. */
  expire(retailer?: string): void {
    for (const [text, token] of this.#held)
      if (retailer === undefined || token.retailer === retailer) this.#held.delete(text);
  }

  save(): [string, Token][] {
    return [...this.#held];
  }

  load(saved: readonly [string, Token][]): void {
    for (const [text, token] of saved) this.#held.set(text, token);
  }
}
