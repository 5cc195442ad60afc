import { z } from "zod";
import type { Consent, Grant } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import { type HttpAnswer, parseJson, send } from "../http.ts";
import { type Dialect, refusal, refusedCode } from "../oauth.ts";

export interface OAuthConfig {
  /** `https://api.notion.com`, or where a stand-in for it listens. */
  apiUrl: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

const grantSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  bot_id: z.string().min(1),
});
/** Refusals come in the words of OAuth or in those of the API. */
const refusalSchema = z.union([
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ code: z.string() }).transform(({ code }) => code),
]);
const dialect: Dialect = {
  errorOf,
  ofClient: ["unauthorized", "validation_error"],
  limits: [429, 529],
};

/**
 * OAuth of public connections (guide: Authorization). People choose pages, not scopes, and PKCE is
 * not known. A token has no end that Notion would tell; a refresh answers a new pair, and the old one
 * is dead from then on.
 */
export function createConsent(config: OAuthConfig, timeoutMs: number, now: () => number): Consent {
  const { clientId, clientSecret, redirectUri } = config;
  const address = (path: string): string => config.apiUrl.replace(/\/+$/, "") + path;
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");

  function post(name: string, path: string, body: object, signal: AbortSignal) {
    const headers = {
      Accept: "application/json",
      Authorization: `Basic ${basic}`,
      "Content-Type": "application/json",
    };
    const limits = { signal, timeoutMs, maxBytes: 1_048_576, now };
    const request = { name, url: address(path), method: "POST", headers };
    return send({ ...request, body: JSON.stringify(body) }, limits);
  }

  async function grant(name: string, body: object, signal: AbortSignal): Promise<Grant> {
    const answer = await post(name, "/v1/oauth/token", body, signal);
    if (answer.status !== 200) throw refusal(answer, name, dialect);
    return toGrant(answer, name);
  }

  return {
    authorizeUrl({ state }) {
      const url = new URL(address("/v1/oauth/authorize"));
      const query = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        owner: "user",
        state,
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },

    exchange(code, _codeVerifier, signal) {
      const body = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
      return grant("oauth.exchange", body, signal).catch(refusedCode);
    },

    refresh(refreshToken, signal) {
      const body = { grant_type: "refresh_token", refresh_token: refreshToken };
      return grant("oauth.refresh", body, signal);
    },

    /** Notion ends an access token, and what renews it with it (reference: Revoke token). */
    async revoke({ accessToken: token }, signal) {
      const answer = await post("oauth.revoke", "/v1/oauth/revoke", { token }, signal);
      if (answer.status >= 200 && answer.status < 300) return;
      if (!["invalid_grant", "invalid_token"].includes(errorOf(answer)))
        throw refusal(answer, "oauth.revoke", dialect);
    },
  };
}

function toGrant(answer: HttpAnswer, name: string): Grant {
  const parsed = grantSchema.safeParse(parseJson(answer, name));
  if (!parsed.success) throw new InvalidResponse(`${name}: the answer is no grant`);
  const { access_token, refresh_token, bot_id } = parsed.data;
  return {
    accessToken: access_token,
    expiresAt: null,
    // One workspace that consents again has the same bot, and its limits are the bot's.
    account: bot_id,
    ...(refresh_token ? { refreshToken: refresh_token } : {}),
  };
}

function errorOf(answer: HttpAnswer): string {
  try {
    return refusalSchema.parse(JSON.parse(answer.text));
  } catch {
    return "unknown";
  }
}
