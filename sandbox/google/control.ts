import express, { type Router } from "express";
import * as z from "zod";
import { ACCESS_ROLES } from "./calendar.ts";
import { createCalendarControl } from "./control-calendar.ts";
import type { Google } from "./google.ts";
import { listEntryView } from "./list-entry.ts";
import type { Channel } from "./push.ts";
import { googleSettings } from "./settings.ts";

const ALL_SCOPES = ["https://www.googleapis.com/auth/calendar", "openid", "email"];

const accountBody = z.object({
  email: z.email(),
  calendars: z
    .array(
      z.object({
        id: z.string().min(1),
        summary: z.string().optional(),
        description: z.string().optional(),
        timeZone: z.string().optional(),
        accessRole: z.enum(ACCESS_ROLES).optional(),
        watchable: z.boolean().optional(),
      }),
    )
    .optional(),
});
const tokenBody = z.object({
  email: z.string(),
  scopes: z.array(z.string()).optional(),
  expiresInMs: z.number().optional(),
  clientId: z.string().default("sandbox-client"),
});
const emailBody = z.object({ email: z.string() });
const clientBody = z.object({
  clientId: z.string(),
  clientSecret: z.string().optional(),
  redirectUris: z.array(z.string()),
});
const notificationBody = z.object({
  mode: z.enum(["normal", "drop", "duplicate", "hold", "release"]),
  delayMs: z.number().min(0).optional(),
  times: z.number().int().min(1).optional(),
  copies: z.number().int().min(2).optional(),
});

/** Control of the pretend Google: accounts, tokens, settings, push. */
export function createGoogleControl(google: Google): Router {
  const router = express.Router();
  router.get(
    "/google/accounts",
    (_request, response) => void response.json({ accounts: accountsOf(google) }),
  );
  router.post("/google/accounts", (request, response) => {
    const { email, calendars = [] } = accountBody.parse(request.body);
    google.addAccount(email, calendars);
    response.status(201).json(accountsOf(google).find((account) => account.email === email));
  });
  router.post("/google/clients", (request, response) => {
    const client = clientBody.parse(request.body);
    google.grants.clients.set(client.clientId, client);
    google.changed();
    response.status(201).json({ clientId: client.clientId });
  });
  router.post("/settings", (request, response) => {
    google.settings = googleSettings.parse({ ...google.settings, ...(request.body as object) });
    google.changed();
    response.json(google.settings);
  });
  router.get("/settings", (_request, response) => void response.json(google.settings));
  addTokenRoutes(router, google);
  addPushRoutes(router, google);
  router.use(createCalendarControl(google));
  return router;
}

function accountsOf(google: Google): { email: string; calendars: unknown[] }[] {
  return [...google.accounts.values()].map((account) => ({
    email: account.email,
    sub: account.sub,
    calendars: [...account.list.values()].map((entry) => ({
      ...listEntryView(google, account, entry),
      watchable: google.calendars.get(entry.calendarId)?.data.watchable,
    })),
  }));
}

function addTokenRoutes(router: Router, google: Google): void {
  const { grants, clock } = google;
  router.post("/google/tokens", (request, response) => {
    const { email, scopes = ALL_SCOPES, expiresInMs, clientId } = tokenBody.parse(request.body);
    if (!google.accounts.has(email)) {
      response.status(404).json({ error: "No such account." });
      return;
    }
    const grant = grants.add(clientId, email, scopes, true);
    const expiresAt = clock.now() + (expiresInMs ?? google.settings.tokenTtlMs);
    const accessToken = grants.issue(grant, expiresAt);
    google.changed();
    response
      .status(201)
      .json({ accessToken, refreshToken: grant.refreshToken, expiresAt, clientId });
  });
  router.post("/google/tokens/expire", (request, response) => {
    grants.expireAccess(emailBody.parse(request.body).email);
    response.json({ ok: true });
  });
  router.post("/google/tokens/revoke", (request, response) => {
    grants.revokeAccount(emailBody.parse(request.body).email);
    google.changed();
    response.json({ ok: true });
  });
}

function addPushRoutes(router: Router, google: Google): void {
  router.get("/channels", (_request, response) => {
    const now = google.clock.now();
    const channels = [...google.push.channels.values()].filter(
      (channel) => channel.expiration > now,
    );
    response.json({ channels });
  });
  router.post("/notifications", (request, response) => {
    const { mode, ...rest } = notificationBody.parse(request.body);
    if (mode === "release") {
      response.json({ released: google.push.release() });
      return;
    }
    google.push.mode = { mode, ...rest };
    response.json(google.push.mode);
  });
  /** A message out of turn: for a channel that was stopped, or one that nobody opened. */
  router.post("/notifications/send", async (request, response) => {
    const wanted = z
      .object({
        channelId: z.string(),
        address: z.string().optional(),
        token: z.string().optional(),
      })
      .parse(request.body);
    const known = google.push.channels.get(wanted.channelId);
    const address = wanted.address ?? known?.address;
    if (address === undefined) {
      response.status(404).json({ error: "No such channel; give an address." });
      return;
    }
    const base = known ?? strayChannel(wanted.channelId, google.clock.now());
    await google.push.stray({
      ...base,
      address,
      ...(wanted.token === undefined ? {} : { token: wanted.token }),
    });
    response.json({ ok: true });
  });
}

function strayChannel(id: string, now: number): Omit<Channel, "address"> {
  return {
    id,
    resource: "",
    resourceId: "unknown",
    resourceUri: "",
    email: "",
    clientId: "",
    expiration: now + 60_000,
    messageNumber: 7,
  };
}
