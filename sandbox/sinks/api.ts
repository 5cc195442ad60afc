import express, { type Router } from "express";
import { createDiscordApi } from "./discord-api.ts";
import type { Sinks } from "./sinks.ts";
import { createSlackApi } from "./slack-api.ts";
import { createWebhookApi } from "./webhook-api.ts";

/** Everything that takes messages over HTTP; bodies are kept to the byte. */
export function createSinksApi(sinks: Sinks): Router {
  const router = express.Router();
  router.use(express.raw({ type: () => true, limit: "10mb" }));
  router.use("/slack", createSlackApi(sinks));
  router.use("/discord", createDiscordApi(sinks));
  router.use("/webhook", createWebhookApi(sinks));
  return router;
}
