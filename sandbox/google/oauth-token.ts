import express, { type Request, type Response, type Router } from "express";
import type { Google } from "./google.ts";
import { type AuthorisationCode, challengeOf, type Grant } from "./grants.ts";
import { asObject, asString } from "../json.ts";

/** A refusal in the token endpoint's own shape, which is not that of the Calendar API. */
class TokenError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(code: string, description: string, status = 400) {
    super(description);
    this.status = status;
    this.code = code;
  }
}

type Form = Readonly<Record<string, string | undefined>>;

function formOf(request: Request): Form {
  const body = { ...asObject(request.query), ...asObject(request.body) };
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, asString(value)]));
}

/** Token, revocation, token information and user information. */
export function createTokenRoutes(google: Google): Router {
  const router = express.Router();
  router.use(express.json());
  router.post("/token", (request, response) => {
    answer(response, () => {
      const form = formOf(request);
      const client = authenticateClient(google, request, form);
      if (form["grant_type"] === "authorization_code") return exchangeCode(google, client, form);
      if (form["grant_type"] === "refresh_token") return refresh(google, client, form);
      throw new TokenError(
        "unsupported_grant_type",
        `Invalid grant_type: ${form["grant_type"] ?? ""}`,
      );
    });
  });
  router.post("/revoke", (request, response) => {
    const token = formOf(request)["token"] ?? "";
    if (google.grants.revoke(token)) response.json({});
    else
      response
        .status(400)
        .json({ error: "invalid_token", error_description: "Token expired or revoked" });
    google.changed();
  });
  router.get("/tokeninfo", (request, response) => tokenInfo(google, request, response));
  router.post("/tokeninfo", (request, response) => tokenInfo(google, request, response));
  router.get("/v1/userinfo", (request, response) => userInfo(google, request, response));
  return router;
}

function answer(response: Response, act: () => object): void {
  response.set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
  try {
    response.json(act());
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    response.status(error.status).json({ error: error.code, error_description: error.message });
  }
}

function authenticateClient(google: Google, request: Request, form: Form): string {
  const basic = /^Basic (.+)$/i.exec(request.get("authorization") ?? "")?.[1];
  const [user, password] =
    basic === undefined
      ? []
      : Buffer.from(basic, "base64").toString().split(":").map(decodeURIComponent);
  const clientId = user ?? form["client_id"];
  const clientSecret = password ?? form["client_secret"];
  if (clientId === undefined || clientId === "")
    throw new TokenError("invalid_request", "Could not determine client ID from request.");
  const client = google.grants.clients.get(clientId);
  const unknown = client === undefined && google.grants.clients.size > 0;
  const wrong = client?.clientSecret !== undefined && client.clientSecret !== clientSecret;
  if (unknown || wrong || clientSecret === undefined)
    throw new TokenError("invalid_client", "Unauthorized", 401);
  return clientId;
}

function exchangeCode(google: Google, clientId: string, form: Form): object {
  const code = google.grants.codes.get(form["code"] ?? "");
  if (code === undefined || code.expiresAt <= google.clock.now())
    throw new TokenError("invalid_grant", "Malformed auth code.");
  // A code works once, whatever becomes of the exchange.
  google.grants.codes.delete(form["code"] ?? "");
  if (code.clientId !== clientId) throw new TokenError("invalid_grant", "Bad Request");
  if (code.redirectUri !== form["redirect_uri"])
    throw new TokenError("redirect_uri_mismatch", "Bad Request");
  checkVerifier(code, form["code_verifier"]);
  const first = !google.grants.hasGrant(clientId, code.email);
  const withRefreshToken = code.offline && (first || code.consentAsked);
  const grant = google.grants.add(clientId, code.email, code.scopes, withRefreshToken);
  return {
    ...issue(google, grant),
    ...(withRefreshToken ? { refresh_token: grant.refreshToken } : {}),
  };
}

function checkVerifier(code: AuthorisationCode, verifier: string | undefined): void {
  if (code.challenge === undefined) return;
  if (verifier === undefined) throw new TokenError("invalid_grant", "Missing code verifier.");
  if (challengeOf(verifier, code.challengeMethod) !== code.challenge)
    throw new TokenError("invalid_grant", "Invalid code verifier.");
}

function refresh(google: Google, clientId: string, form: Form): object {
  const token = form["refresh_token"];
  if (token === undefined)
    throw new TokenError("invalid_request", "Missing required parameter: refresh_token");
  const grant = google.grants.byRefreshToken(token);
  if (grant?.clientId !== clientId)
    throw new TokenError("invalid_grant", "Token has been expired or revoked.");
  return issue(google, grant);
}

function issue(google: Google, grant: Grant): object {
  const { tokenTtlMs } = google.settings;
  const now = google.clock.now();
  const accessToken = google.grants.issue(grant, now + tokenTtlMs);
  google.changed();
  const scope = grant.scopes.join(" ");
  const token = {
    access_token: accessToken,
    expires_in: Math.floor(tokenTtlMs / 1000),
    scope,
    token_type: "Bearer",
  };
  return grant.scopes.includes("openid")
    ? { ...token, id_token: idToken(google, grant, now) }
    : token;
}

/** An id token that carries the usual claims; nobody signed it. */
function idToken(google: Google, grant: Grant, now: number): string {
  const account = google.accounts.get(grant.email);
  const issued = Math.floor(now / 1000);
  const claims = {
    iss: "https://accounts.google.com",
    aud: grant.clientId,
    sub: account?.sub,
    email: grant.email,
    email_verified: true,
    iat: issued,
    exp: issued + 3600,
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT", kid: "sandbox" })}.${part(claims)}.c2FuZGJveA`;
}

function tokenInfo(google: Google, request: Request, response: Response): void {
  const form = formOf(request);
  const bearer = /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1];
  const token = google.grants.accessTokens.get(form["access_token"] ?? bearer ?? "");
  const now = google.clock.now();
  if (token === undefined || token.expiresAt <= now) {
    response.status(400).json({ error: "invalid_token", error_description: "Invalid Value" });
    return;
  }
  const { clientId, scopes, email, expiresAt, refreshToken } = token;
  const sub = google.accounts.get(email)?.sub;
  const expiresIn = String(Math.floor((expiresAt - now) / 1000));
  const accessType = refreshToken === undefined ? "online" : "offline";
  const about = {
    azp: clientId,
    aud: clientId,
    sub,
    scope: scopes.join(" "),
    exp: String(Math.floor(expiresAt / 1000)),
    expires_in: expiresIn,
  };
  response.json({ ...about, access_type: accessType, email, email_verified: "true" });
}

function userInfo(google: Google, request: Request, response: Response): void {
  const bearer = /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1] ?? "";
  const token = google.grants.accessTokens.get(bearer);
  const account =
    token === undefined || token.expiresAt <= google.clock.now()
      ? undefined
      : google.accounts.get(token.email);
  if (account === undefined)
    response
      .status(401)
      .json({ error: "invalid_request", error_description: "Invalid Credentials" });
  else
    response.json({
      sub: account.sub,
      name: account.name,
      email: account.email,
      email_verified: true,
    });
}
