import { createHash, randomBytes } from "node:crypto";

/** What a user allowed a client; lives on as long as its refresh token does. */
export interface Grant {
  readonly clientId: string;
  readonly email: string;
  readonly scopes: readonly string[];
  refreshToken?: string;
  revoked?: boolean;
}

interface AccessToken {
  readonly email: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly refreshToken?: string;
  expiresAt: number;
}

export interface AuthorisationCode {
  readonly clientId: string;
  readonly email: string;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly offline: boolean;
  readonly consentAsked: boolean;
  readonly challenge?: string;
  readonly challengeMethod: string;
  readonly expiresAt: number;
}

interface Client {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly redirectUris: readonly string[];
}

export interface SavedGrants {
  readonly grants: Grant[];
  readonly accessTokens: [string, AccessToken][];
  readonly clients: Client[];
}

const MOST_REFRESH_TOKENS = 100;

export function secret(prefix: string): string {
  return `${prefix}${randomBytes(24).toString("base64url")}`;
}

export function challengeOf(verifier: string, method: string): string {
  return method === "S256" ? createHash("sha256").update(verifier).digest("base64url") : verifier;
}

/** Codes, grants and tokens of all accounts. */
export class Grants {
  readonly codes = new Map<string, AuthorisationCode>();
  readonly accessTokens = new Map<string, AccessToken>();
  readonly clients = new Map<string, Client>();
  #grants: Grant[] = [];

  hasGrant(clientId: string, email: string): boolean {
    return this.#grants.some(
      (grant) => grant.clientId === clientId && grant.email === email && grant.revoked !== true,
    );
  }

  /** The grant behind a refresh token that still works. */
  byRefreshToken(token: string): Grant | undefined {
    return this.#grants.find((grant) => grant.refreshToken === token && grant.revoked !== true);
  }

  add(
    clientId: string,
    email: string,
    scopes: readonly string[],
    withRefreshToken: boolean,
  ): Grant {
    const grant: Grant = { clientId, email, scopes };
    if (withRefreshToken) grant.refreshToken = secret("1//sandbox-");
    this.#grants.push(grant);
    this.#dropOldest(clientId, email);
    return grant;
  }

  issue(grant: Grant, expiresAt: number): string {
    const token = secret("ya29.sandbox-");
    const { clientId, email, scopes, refreshToken } = grant;
    this.accessTokens.set(token, {
      clientId,
      email,
      scopes,
      expiresAt,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    });
    return token;
  }

  expireAccess(email: string): void {
    for (const token of this.accessTokens.values()) if (token.email === email) token.expiresAt = 0;
  }

  revokeAccount(email: string): void {
    for (const grant of this.#grants) if (grant.email === email) grant.revoked = true;
    this.expireAccess(email);
  }

  /** Revokes by access or refresh token; an access token takes its refresh token with it. */
  revoke(token: string): boolean {
    const access = this.accessTokens.get(token);
    const refreshToken = access?.refreshToken ?? token;
    const grant = this.byRefreshToken(refreshToken);
    if (grant === undefined && access === undefined) return false;
    if (grant !== undefined) grant.revoked = true;
    this.accessTokens.delete(token);
    for (const [text, other] of this.accessTokens)
      if (other.refreshToken === refreshToken) this.accessTokens.delete(text);
    return true;
  }

  clear(): void {
    this.#grants = [];
    this.codes.clear();
    this.accessTokens.clear();
    this.clients.clear();
  }

  save(): SavedGrants {
    return {
      grants: this.#grants,
      accessTokens: [...this.accessTokens],
      clients: [...this.clients.values()],
    };
  }

  load(saved: SavedGrants): void {
    this.#grants = [...saved.grants];
    for (const [token, access] of saved.accessTokens) this.accessTokens.set(token, access);
    for (const client of saved.clients) this.clients.set(client.clientId, client);
  }

  /** Beyond a hundred living refresh tokens per client and account the oldest stops working without notice. */
  #dropOldest(clientId: string, email: string): void {
    const live = this.#grants.filter(
      (grant) =>
        grant.clientId === clientId &&
        grant.email === email &&
        grant.refreshToken !== undefined &&
        grant.revoked !== true,
    );
    const [oldest] = live;
    if (live.length > MOST_REFRESH_TOKENS && oldest !== undefined) oldest.revoked = true;
  }
}
