import { z } from "zod";
import type { Consent, Grant } from "../connector.ts";
import { InvalidResponse, Rejected } from "../errors.ts";
import { type HttpAnswer, parseJson, send } from "../http.ts";
import { type Dialect, refusal, refusedCode } from "../oauth.ts";

export interface OAuthConfig {
  authUrl: string;
  tokenUrl: string;
  revokeUrl: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

const prefix = "https://www.googleapis.com/auth/";
const asked = ["calendar", "calendar.events"];

/** What the scopes are for, and which of them allow it (discovery document, `scopes` of each method). */
const needs: readonly (readonly string[])[] = [
  ["calendar", "calendar.events"],
  ["calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"],
];

const grantSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.preprocess((given) => given ?? 3600, z.coerce.number().positive().max(31_536_000)),
  refresh_token: z.string().nullish(),
  scope: z.string().nullish(),
});
const refusalSchema = z.object({ error: z.string() });
const dialect: Dialect = {
  errorOf,
  ofClient: ["redirect_uri_mismatch", "org_internal", "admin_policy_enforced"],
  limits: [429],
};

/** OAuth 2.0 for web server applications, by hand: the library's token call heeds no deadline. */
export function createConsent(config: OAuthConfig, timeoutMs: number, now: () => number): Consent {
  const { clientId, clientSecret, redirectUri } = config;

  function post(name: string, url: string, form: Record<string, string>, signal: AbortSignal) {
    const body = new URLSearchParams(form);
    const limits = { signal, timeoutMs, maxBytes: 1_048_576, now };
    return send(
      { name, url, method: "POST", headers: { Accept: "application/json" }, body },
      limits,
    );
  }

  async function grant(name: string, form: Record<string, string>, signal: AbortSignal) {
    const client = { client_id: clientId, client_secret: clientSecret };
    const answer = await post(name, config.tokenUrl, { ...client, ...form }, signal);
    if (answer.status !== 200) throw refusal(answer, name, dialect);
    return toGrant(answer, name, now());
  }

  return {
    authorizeUrl({ state, codeChallenge, loginHint }) {
      const url = new URL(config.authUrl);
      const query = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: asked.map((scope) => prefix + scope).join(" "),
        state,
        // A refresh token comes only offline, and on a repeated consent only when it is forced.
        access_type: "offline",
        prompt: "consent",
        include_granted_scopes: "true",
        code_challenge: codeChallenge,
        code_challenge_method: "S256",
        ...(loginHint === undefined ? {} : { login_hint: loginHint }),
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },

    async exchange(code, codeVerifier, signal) {
      const granted = await grant(
        "oauth.exchange",
        {
          grant_type: "authorization_code",
          code,
          code_verifier: codeVerifier,
          redirect_uri: redirectUri,
        },
        signal,
      ).catch(refusedCode);
      refuseLacking(granted.scopes);
      return granted;
    },

    refresh(refreshToken, signal) {
      const form = { grant_type: "refresh_token", refresh_token: refreshToken };
      return grant("oauth.refresh", form, signal);
    },

    async revoke({ accessToken, refreshToken }, signal) {
      const token = refreshToken ?? accessToken;
      const answer = await post("oauth.revoke", config.revokeUrl, { token }, signal);
      if (answer.status >= 200 && answer.status < 300) return;
      if (errorOf(answer) !== "invalid_token") throw refusal(answer, "oauth.revoke", dialect);
    },
  };
}

function toGrant(answer: HttpAnswer, name: string, now: number): Grant {
  const parsed = grantSchema.safeParse(parseJson(answer, name));
  if (!parsed.success) throw new InvalidResponse(`${name}: the answer is no grant`);
  const { access_token, expires_in, refresh_token, scope } = parsed.data;
  return {
    accessToken: access_token,
    expiresAt: now + expires_in * 1000,
    // Google does not rotate it: what is absent or empty here must not erase what is stored.
    ...(refresh_token ? { refreshToken: refresh_token } : {}),
    ...(typeof scope === "string" ? { scopes: scope.split(" ").filter(Boolean) } : {}),
  };
}

/** A person may untick scopes. No `scope` at all means all that were asked (RFC 6749, 5.1). */
function refuseLacking(scopes: readonly string[] | undefined): void {
  if (scopes === undefined) return;
  const lacking = needs.find((any) => !any.some((scope) => scopes.includes(prefix + scope)));
  if (lacking === undefined) return;
  throw new Rejected(
    `Google did not grant ${prefix}${lacking[0]}: connect again and leave all boxes ticked`,
  );
}

function errorOf(answer: HttpAnswer): string {
  try {
    return refusalSchema.parse(JSON.parse(answer.text)).error;
  } catch {
    return "unknown";
  }
}
