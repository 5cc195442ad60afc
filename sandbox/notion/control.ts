import express, { type Response, type Router } from "express";
import * as z from "zod";
import { CAPABILITIES } from "./bots.ts";
import { createDatabaseControl } from "./control-databases.ts";
import { createPageControl } from "./control-pages.ts";
import { createWebhookControl } from "./control-webhooks.ts";
import { NotionError } from "./errors.ts";
import { type Hook, hookBody } from "./hooks.ts";
import { newId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import { notionSettings } from "./settings.ts";

const tokenBody = z.strictObject({
  token: z.string().min(1).optional(),
  name: z.string().default("Sandbox integration"),
  capabilities: z.array(z.enum(CAPABILITIES)).default([...CAPABILITIES]),
  /** Objects that the connection was given; `all` is the whole workspace. */
  share: z.union([z.literal("all"), z.array(z.string())]).default("all"),
});
const botBody = z.strictObject({ botId: z.string().optional() });
const personBody = z.strictObject({ name: z.string(), email: z.email() });
const clientBody = z.strictObject({
  clientId: z.string(),
  clientSecret: z.string(),
  redirectUris: z.array(z.string()),
});

/** Control of the pretend Notion: everything under `/notion`. */
export function createNotionControl(notion: Notion): Router {
  const router = express.Router();
  addTokenRoutes(router, notion);
  addHookRoutes(router, notion);
  router.post("/settings", (request, response) => {
    notion.settings = notionSettings.parse({ ...notion.settings, ...(request.body as object) });
    notion.changed();
    response.json(notion.settings);
  });
  router.get("/settings", (_request, response) => void response.json(notion.settings));
  router.get(
    "/people",
    (_request, response) => void response.json({ people: [...notion.people.values()] }),
  );
  router.post("/people", (request, response) => {
    const { name, email } = personBody.parse(request.body);
    response.status(201).json(notion.addPerson(name, email));
  });
  router.get(
    "/overwritten",
    (_request, response) => void response.json({ overwritten: notion.unseen.overwritten }),
  );
  router.post("/cursors/expire", (_request, response) => {
    notion.cursorGeneration += 1;
    notion.changed();
    done(response);
  });
  router.use(
    createDatabaseControl(notion),
    createPageControl(notion),
    createWebhookControl(notion),
  );
  router.use(refuse);
  return router;
}

function done(response: Response): void {
  response.json({ ok: true });
}

const refuse: express.ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof NotionError) response.status(error.status).json({ error: error.message });
  else next(error);
};

function addTokenRoutes(router: Router, notion: Notion): void {
  const { bots, clock } = notion;
  router.post("/tokens", (request, response) => {
    const { token, name, capabilities, share } = tokenBody.parse(request.body ?? {});
    const access =
      share === "all" ? { workspace: true } : Object.fromEntries(share.map((id) => [id, true]));
    const bot = bots.add({ name, clientId: null, ownerId: null, capabilities, access });
    const { accessToken } = bots.issue(bot, clock.now(), token);
    notion.changed();
    response.status(201).json({ token: accessToken, botId: bot.id });
  });
  /** Access tokens stop working; of one bot, or of all. */
  router.post("/tokens/expire", (request, response) => {
    bots.expire(botBody.parse(request.body ?? {}).botId);
    notion.changed();
    done(response);
  });
  router.post("/tokens/revoke", (request, response) => {
    const { botId } = botBody.parse(request.body ?? {});
    for (const id of botId === undefined ? bots.bots.keys() : [botId]) bots.revokeBot(id);
    notion.changed();
    done(response);
  });
  router.post("/bots/:id/capabilities", (request, response) => {
    const bot = bots.bots.get(request.params.id);
    if (bot === undefined) throw new NotionError(404, "object_not_found", "There is no such bot.");
    bot.capabilities = z.array(z.enum(CAPABILITIES)).parse(request.body);
    notion.changed();
    response.json(bot);
  });
  router.get(
    "/bots",
    (_request, response) => void response.json({ bots: [...bots.bots.values()] }),
  );
  router.post("/clients", (request, response) => {
    const client = clientBody.parse(request.body);
    bots.clients.set(client.clientId, client);
    notion.changed();
    response.status(201).json({ clientId: client.clientId });
  });
}

function addHookRoutes(router: Router, notion: Notion): void {
  router.get(
    "/hooks",
    (_request, response) => void response.json({ hooks: [...notion.hooks.values()] }),
  );
  router.post("/hooks", (request, response) => {
    const rule = hookBody.parse(request.body);
    const hook: Hook = { rule: { ...rule, id: rule.id ?? newId() }, matched: 0, given: 0 };
    notion.hooks.set(hook.rule.id, hook);
    response.status(201).json({ id: hook.rule.id });
  });
  router.delete("/hooks", (_request, response) => {
    notion.hooks.clear();
    done(response);
  });
}
