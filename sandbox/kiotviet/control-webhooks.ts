import express, { type Router } from "express";
import { modeBody } from "./disorder.ts";
import type { KiotViet } from "./kiotviet.ts";

/** Who is told of changes, and what becomes of the messages. */
export function createWebhookControl(kiotViet: KiotViet): Router {
  const router = express.Router();
  const { registrations, webhooks } = kiotViet;
  router.get(
    "/webhooks",
    (_request, response) => void response.json({ webhooks: registrations.all() }),
  );
  router.delete("/webhooks/:id", (request, response) => {
    registrations.remove(Number(request.params.id));
    kiotViet.changed();
    response.json({ ok: true });
  });
  router.get("/deliveries", (request, response) => {
    const deliveries = webhooks.deliveries.since(Number(request.query["since"] ?? 0));
    response.json({ deliveries, last: deliveries.at(-1)?.seq ?? 0 });
  });
  router.post("/webhooks/mode", (request, response) => {
    webhooks.disorder.set(modeBody.parse(request.body));
    response.json(webhooks.disorder.mode);
  });
  router.post("/webhooks/release", (_request, response) => {
    response.json({ released: webhooks.release() });
  });
  return router;
}
