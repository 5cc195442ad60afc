import express, { type Request, type Response, type Router } from "express";
import { consentPage, problemPage } from "./consent-page.ts";
import type { Google } from "./google.ts";
import { secret } from "./grants.ts";
import { createTokenRoutes } from "./oauth-token.ts";

const CODE_LIFE_MS = 600_000;
const LOCAL_URI = /^https?:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/;

/** The parameters of an authorisation request, as a page or a query carries them. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** Google's authorisation and token endpoints. */
export function createOAuth(google: Google): Router {
  const router = express.Router();
  router.use(express.urlencoded({ extended: false }));
  router.get("/o/oauth2/v2/auth", (request, response) =>
    authorise(google, parametersOf(request.query), response),
  );
  router.post("/o/oauth2/v2/auth", (request, response) => decide(google, request, response));
  router.use(createTokenRoutes(google));
  return router;
}

function parametersOf(source: unknown): Parameters {
  const entries = Object.entries((source ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : undefined]),
  );
}

/** The reason a request cannot even be sent back to its client. */
function problemOf(
  google: Google,
  { client_id, redirect_uri, response_type, scope }: Parameters,
): string | undefined {
  if (client_id === undefined || client_id === "")
    return "invalid_request: Missing required parameter: client_id";
  if (redirect_uri === undefined)
    return "invalid_request: Missing required parameter: redirect_uri";
  const client = google.grants.clients.get(client_id);
  if (client === undefined && google.grants.clients.size > 0)
    return "invalid_client: The OAuth client was not found.";
  const registered =
    client === undefined
      ? LOCAL_URI.test(redirect_uri)
      : client.redirectUris.includes(redirect_uri);
  if (!registered) return "redirect_uri_mismatch";
  if (response_type !== "code") return "invalid_request: response_type must be code";
  return scope === undefined || scope === ""
    ? "invalid_request: Missing required parameter: scope"
    : undefined;
}

function authorise(google: Google, parameters: Parameters, response: Response): void {
  const problem = problemOf(google, parameters);
  if (problem !== undefined) {
    response.status(400).type("html").send(problemPage(problem));
    return;
  }
  const {
    login_hint: hint,
    sandbox_auto: auto,
    prompt,
    sandbox_scopes: only,
    client_id = "",
  } = parameters;
  const email = hint ?? [...google.accounts.keys()][0] ?? "";
  if (auto === "deny") redirect(response, parameters, { error: "access_denied" });
  else if (auto === "allow")
    grant(google, parameters, email, (only ?? parameters["scope"] ?? "").split(" "), response);
  else if (prompt === "none" && google.grants.hasGrant(client_id, email)) {
    grant(google, parameters, email, (parameters["scope"] ?? "").split(" "), response);
  } else if (prompt === "none") redirect(response, parameters, { error: "interaction_required" });
  else response.type("html").send(consentPage([...google.accounts.values()], parameters));
}

/** What the person on the consent page chose. */
function decide(google: Google, request: Request, response: Response): void {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const parameters = parametersOf(body);
  const problem = problemOf(google, parameters);
  if (problem !== undefined) response.status(400).type("html").send(problemPage(problem));
  else if (parameters["decision"] !== "allow")
    redirect(response, parameters, { error: "access_denied" });
  else {
    const granted = body["granted"];
    const scopes = Array.isArray(granted)
      ? granted.map(String)
      : typeof granted === "string"
        ? [granted]
        : [];
    grant(google, parameters, parameters["account"] ?? "", scopes, response);
  }
}

function grant(
  google: Google,
  parameters: Parameters,
  email: string,
  granted: string[],
  response: Response,
): void {
  const {
    client_id = "",
    redirect_uri = "",
    code_challenge: challenge,
    code_challenge_method: method,
  } = parameters;
  const asked = (parameters["scope"] ?? "").split(" ").filter((scope) => scope !== "");
  const scopes = asked.filter((scope) => granted.includes(scope));
  if (!google.accounts.has(email) || scopes.length === 0) {
    redirect(response, parameters, { error: "access_denied" });
    return;
  }
  const code = secret("4/sandbox-");
  google.grants.codes.set(code, {
    clientId: client_id,
    email,
    scopes,
    redirectUri: redirect_uri,
    offline: parameters["access_type"] === "offline",
    consentAsked: (parameters["prompt"] ?? "").split(" ").includes("consent"),
    ...(challenge === undefined ? {} : { challenge }),
    challengeMethod: method ?? "plain",
    expiresAt: google.clock.now() + CODE_LIFE_MS,
  });
  redirect(response, parameters, {
    code,
    scope: scopes.join(" "),
    authuser: "0",
    prompt: "consent",
  });
}

function redirect(
  response: Response,
  parameters: Parameters,
  values: Record<string, string>,
): void {
  const url = new URL(parameters["redirect_uri"] ?? "");
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  if (parameters["state"] !== undefined) url.searchParams.set("state", parameters["state"]);
  response.redirect(302, url.href);
}
