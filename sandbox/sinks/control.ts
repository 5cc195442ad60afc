import express, { type Request, type Response, type Router } from "express";
import * as z from "zod";
import { SINKS } from "./arrivals.ts";
import type { Sinks } from "./sinks.ts";
import { commandBody } from "./slack-commands.ts";
import { troubleBody } from "./troubles.ts";

const secretBody = z.strictObject({
  name: z.string(),
  /** Null: signatures are not checked any longer. */
  secret: z.string().startsWith("whsec_").nullable(),
});

const someSink = z.enum(SINKS).optional();

/** Control of the sinks: everything under `/sinks`. */
export function createSinksControl(sinks: Sinks): Router {
  const router = express.Router();
  router.get("/", (request, response) => void response.json(addresses(sinks, request)));
  router.get("/messages", (request, response) => {
    const all = sinks.arrivals.of(someSink.parse(request.query["sink"]));
    const { accepted } = request.query;
    response.json({
      messages:
        accepted === undefined ? all : all.filter((one) => String(one.accepted) === accepted),
    });
  });
  router.delete("/messages", (request, response) => {
    sinks.arrivals.clear(someSink.parse(request.query["sink"]));
    done(response);
  });
  router.post("/reset", (_request, response) => {
    sinks.reset();
    done(response);
  });
  router.post("/webhook/secret", (request, response) => {
    const { name, secret } = secretBody.parse(request.body);
    if (secret === null) sinks.webhookSecrets.delete(name);
    else sinks.webhookSecrets.set(name, secret);
    done(response);
  });
  addTroubleRoutes(router, sinks);
  addCommandRoutes(router, sinks);
  return router;
}

function done(response: Response): void {
  response.json({ ok: true });
}

function originOf(request: Request): string {
  return `${request.protocol}://${request.get("host") ?? ""}`;
}

/** Where a target of each kind would point; any name and any token will do. */
function addresses(sinks: Sinks, request: Request): Record<string, unknown> {
  const root = `${originOf(request)}/sinks`;
  return {
    smtpPort: sinks.mail.port ?? null,
    slack: `${root}/slack/services/T00000001/B00000001/invented`,
    discord: `${root}/discord/api/webhooks/100000000000000002/invented`,
    webhook: `${root}/webhook/alerts`,
    page: root,
  };
}

function addTroubleRoutes(router: Router, sinks: Sinks): void {
  router.get("/trouble", (_request, response) => {
    const troubles = sinks.troubles.list().map(({ id, asked, untilMs, left, given }) => ({
      id,
      ...asked,
      ...(untilMs !== undefined && { untilMs }),
      // Without end, which JSON has no number for.
      left: Number.isFinite(left) ? left : null,
      given,
    }));
    response.json({ troubles });
  });
  router.post("/trouble", (request, response) => {
    response.status(201).json({ id: sinks.troubles.add(troubleBody.parse(request.body)) });
  });
  router.delete("/trouble{/:id}", (request, response) => {
    const { id } = request.params;
    sinks.troubles.clear(id === undefined ? undefined : Number(id));
    done(response);
  });
}

function addCommandRoutes(router: Router, sinks: Sinks): void {
  router.get("/slack/command", (_request, response) => {
    response.json({ commands: sinks.commands.list() });
  });
  router.post("/slack/command", async (request, response) => {
    const body = commandBody.parse(request.body);
    response.json(await sinks.commands.send(body, originOf(request)));
  });
  router.post("/slack/command/:id/replay", async (request, response) => {
    response.json(await sinks.commands.replay(request.params.id));
  });
}
