import express, { type Request, type Response, type Router } from "express";
import * as z from "zod";
import type { Bot } from "./bots.ts";
import { checked } from "./check-body.ts";
import { markResponse, NotionError, sendError } from "./errors.ts";
import type { Notion } from "./notion.ts";
import { userView } from "./value-view.ts";
import { asObject, type JsonObject } from "../json.ts";

const codeBody = z.strictObject({
  grant_type: z.literal("authorization_code"),
  code: z.string(),
  redirect_uri: z.string().optional(),
  external_account: z.strictObject({ key: z.string(), name: z.string() }).optional(),
});
const refreshBody = z.strictObject({
  grant_type: z.literal("refresh_token"),
  refresh_token: z.string(),
});
const tokenBody = z.strictObject({ token: z.string() });

type Act = (body: unknown, clientId: string) => JsonObject;

/** The endpoints that a client calls with its own name and secret. */
export function createTokenRoutes(notion: Notion): Router {
  const router = express.Router();
  const text = express.text({ type: () => true, limit: "1mb" });
  const route = (path: string, act: Act): void => {
    router.post(path, text, (request, response) => answer(notion, request, response, act));
  };
  route("/oauth/token", (body, clientId) =>
    asObject(body)["grant_type"] === "refresh_token"
      ? refresh(notion, body)
      : exchange(notion, body, clientId),
  );
  route("/oauth/revoke", (body) => {
    notion.bots.tokens.delete(checked(tokenBody, body).token);
    return {};
  });
  route("/oauth/introspect", (body) => {
    const { token } = checked(tokenBody, body);
    const held = notion.bots.tokens.get(token);
    if (held === undefined || held.expired) return { active: false };
    return { active: true, iat: held.issuedAt };
  });
  return router;
}

function answer(notion: Notion, request: Request, response: Response, act: Act): void {
  try {
    const clientId = authenticateClient(notion, request);
    const body = act(readBody(request), clientId);
    notion.changed();
    response.json({ ...body, request_id: markResponse(response) });
  } catch (error) {
    if (!(error instanceof NotionError)) throw error;
    const { status, code, message } = error;
    const short = notion.settings.oauthErrors === "oauth" && code.startsWith("invalid_");
    if (short) response.status(status).json({ error: code, error_description: message });
    else sendError(response, error);
  }
}

function readBody(request: Request): unknown {
  try {
    return JSON.parse(String(request.body ?? ""));
  } catch {
    throw new NotionError(400, "invalid_json", "Error parsing JSON body.");
  }
}

function authenticateClient(notion: Notion, request: Request): string {
  const basic = /^Basic (.+)$/i.exec(request.get("authorization") ?? "")?.[1] ?? "";
  const [clientId = "", ...rest] = Buffer.from(basic, "base64").toString().split(":");
  const { clients } = notion.bots;
  const client = clients.get(clientId);
  const known = client === undefined ? clients.size === 0 : client.clientSecret === rest.join(":");
  if (clientId === "" || rest.length === 0 || !known)
    throw new NotionError(401, "invalid_client", "Client authentication failed.");
  return clientId;
}

function invalidGrant(message: string): NotionError {
  return new NotionError(400, "invalid_grant", message);
}

function exchange(notion: Notion, body: unknown, clientId: string): JsonObject {
  const { code: text, redirect_uri: uri } = checked(codeBody, body);
  const { bots, clock } = notion;
  const code = bots.codes.get(text);
  // A code works once, whatever becomes of the exchange.
  bots.codes.delete(text);
  if (code === undefined || code.expiresAt <= clock.now() || code.clientId !== clientId)
    throw invalidGrant("Invalid code.");
  if (code.redirectUri !== uri) throw invalidGrant("Mismatched redirect_uri.");
  const given = Object.fromEntries(code.objects.map((id) => [id, true]));
  const bot =
    bots.ofClient(clientId) ??
    bots.add({
      name: clientId,
      clientId,
      ownerId: code.personId,
      capabilities: ["read", "update", "insert"],
      access: {},
    });
  Object.assign(bot.access, given);
  return issue(notion, bot);
}

function refresh(notion: Notion, body: unknown): JsonObject {
  const bot = notion.bots.spend(checked(refreshBody, body).refresh_token);
  if (bot === undefined) throw invalidGrant("Invalid refresh_token.");
  return issue(notion, bot);
}

function issue(notion: Notion, bot: Bot): JsonObject {
  const { accessToken, refreshToken } = notion.bots.issue(bot, notion.clock.now());
  const ownerId = bot.ownerId ?? notion.person().id;
  return {
    access_token: accessToken,
    token_type: "bearer",
    refresh_token: refreshToken,
    bot_id: bot.id,
    workspace_id: notion.workspaceId,
    workspace_name: notion.workspaceName,
    workspace_icon: null,
    owner: { type: "user", user: userView(notion.people.get(ownerId), ownerId) },
    duplicated_template_id: null,
  };
}
