import express, { type Response, type Router } from "express";
import { secret } from "./bots.ts";
import { consentPage, problemPage } from "./consent-page.ts";
import type { Notion } from "./notion.ts";
import { createTokenRoutes } from "./oauth-token.ts";
import { asObject } from "../json.ts";

const CODE_LIFE_MS = 600_000;
const LOCAL_URI = /^https?:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/;

/** The parameters of an authorisation request, as a query or a form carries them. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** Consent, tokens, revocation and introspection, below `/v1`. */
export function createNotionOAuth(notion: Notion): Router {
  const router = express.Router();
  router.get("/oauth/authorize", (request, response) => {
    authorise(notion, parametersOf(request.query), response);
  });
  router.post(
    "/oauth/authorize",
    express.urlencoded({ extended: false, limit: "1mb" }),
    (request, response) => decide(notion, request.body, response),
  );
  router.use(createTokenRoutes(notion));
  return router;
}

function parametersOf(source: unknown): Parameters {
  return Object.fromEntries(
    Object.entries(asObject(source)).map(([name, value]) => [
      name,
      typeof value === "string" ? value : undefined,
    ]),
  );
}

/** The reason a request cannot even be sent back to its client. */
function problemOf(
  notion: Notion,
  { client_id: clientId, redirect_uri: uri, response_type: type, owner }: Parameters,
): string | undefined {
  if (clientId === undefined || clientId === "") return "Missing or invalid client_id.";
  const { clients } = notion.bots;
  const client = clients.get(clientId);
  if (client === undefined && clients.size > 0) return "Missing or invalid client_id.";
  const registered =
    client === undefined ? LOCAL_URI.test(uri ?? "") : client.redirectUris.includes(uri ?? "");
  if (!registered) return "Missing or invalid redirect_uri.";
  if (type !== "code") return "Missing or invalid response_type: it should be code.";
  return owner === "user" ? undefined : "Missing or invalid owner: it should be user.";
}

function authorise(notion: Notion, parameters: Parameters, response: Response): void {
  const problem = problemOf(notion, parameters);
  const { sandbox_auto: auto, sandbox_share: share } = parameters;
  if (problem !== undefined) response.status(400).type("html").send(problemPage(problem));
  else if (auto === "deny") redirect(response, parameters, { error: "access_denied" });
  else if (auto === "allow") {
    const all = [...notion.databases.keys()];
    grant(notion, parameters, share === undefined ? all : share.split(","), response);
  } else response.type("html").send(consentPage(notion, parameters));
}

/** What the person on the consent page chose. */
function decide(notion: Notion, form: unknown, response: Response): void {
  const parameters = parametersOf(form);
  const problem = problemOf(notion, parameters);
  if (problem !== undefined) response.status(400).type("html").send(problemPage(problem));
  else if (parameters["decision"] !== "allow")
    redirect(response, parameters, { error: "access_denied" });
  else {
    const { shared } = asObject(form);
    const chosen = shared === undefined ? [] : [shared].flat().map(String);
    grant(notion, parameters, chosen, response);
  }
}

function grant(
  notion: Notion,
  parameters: Parameters,
  objects: readonly string[],
  response: Response,
): void {
  const { client_id: clientId = "", redirect_uri: redirectUri = "", person } = parameters;
  const personId = notion.person(notion.people.has(person ?? "") ? person : undefined).id;
  const code = secret("sandbox-");
  const expiresAt = notion.clock.now() + CODE_LIFE_MS;
  notion.bots.codes.set(code, { clientId, redirectUri, personId, objects, expiresAt });
  redirect(response, parameters, { code });
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
