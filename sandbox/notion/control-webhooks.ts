import express, { type Router } from "express";
import * as z from "zod";
import type { Notion } from "./notion.ts";

const subscriptionBody = z.strictObject({
  url: z.url(),
  /** Event types such as `page.created`; none means all. */
  types: z.array(z.string()).default([]),
});
const modeBody = z.strictObject({
  mode: z.enum(["normal", "drop", "duplicate", "hold", "release", "wrongSignature"]),
  delayMs: z.number().min(0).optional(),
  times: z.number().int().min(1).optional(),
});

/** Webhook subscriptions, which people make in a connection's settings, and what becomes of the events. */
export function createWebhookControl(notion: Notion): Router {
  const router = express.Router();
  router.get(
    "/webhooks",
    (_request, response) =>
      void response.json({ subscriptions: [...notion.webhooks.subscriptions.values()] }),
  );
  router.post("/webhooks", async (request, response) => {
    const { url, types } = subscriptionBody.parse(request.body);
    const { subscription, status } = await notion.webhooks.subscribe(url, types);
    response.status(201).json({ ...subscription, handshakeStatus: status ?? null });
  });
  router.delete("/webhooks/:id", (request, response) => {
    notion.webhooks.unsubscribe(request.params.id);
    response.json({ ok: true });
  });
  router.post("/webhooks/mode", (request, response) => {
    const { mode, ...rest } = modeBody.parse(request.body);
    if (mode === "release") {
      response.json({ released: notion.webhooks.release() });
      return;
    }
    notion.webhooks.mode = { mode, ...rest };
    response.json(notion.webhooks.mode);
  });
  return router;
}
