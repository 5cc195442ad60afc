import { z } from "zod";
import { randomSecret, sha256 } from "../db/secrets.ts";
import {
  confirmToken,
  createSubscription,
  deleteSubscription,
  listSubscriptions,
  readSubscription,
  type Subscription,
} from "../db/subscriptions.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, Problem } from "./problems.ts";
import { type Answer, type Call, made, nothing, ok, type Route, route } from "./route.ts";

/** Whose signals are heard at an address of ours that a person enters there. */
const provider = z.enum(["notion"]);

const shape = z
  .object({
    id: z.guid(),
    provider,
    state: z.enum(["waiting", "pending", "active"]),
    nextStep: z.string().nullable().meta({ description: "What a person should do, in words" }),
    pendingAt: z.iso.datetime().nullable(),
    confirmedBy: z.string().nullable(),
    confirmedAt: z.iso.datetime().nullable(),
    lastMessageAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Subscription" });

const nextSteps: Record<Subscription["state"], string | null> = {
  waiting:
    "Enter the address as a webhook of the connection at Notion: Notion then sends a verification token to it.",
  pending: "Notion has sent a verification token: POST /api/subscriptions/{id}/confirm shows it.",
  active: null,
};

const common = { role: "owner", tag: "webhooks" } as const;

/** Signals that no API of the provider can subscribe to: a person enters our address there by hand. */
export const subscriptionRoutes: Route[] = [
  route({
    ...common,
    method: "post",
    path: "/api/subscriptions",
    summary: "Makes an address for a provider's signals; it is shown once",
    body: z.strictObject({ provider }).meta({ id: "NewSubscription" }),
    answers: {
      201: {
        description: "The subscription, and the address to enter at the provider",
        schema: shape.extend({ address: z.url() }).meta({ id: "ShownSubscription" }),
      },
    },
    handle: async (deps, call) => {
      const { companyId } = call.caller;
      const secret = randomSecret();
      const of = { id: call.newId, companyId, ...call.body, pathHash: sha256(secret) };
      const found = await deps.database.withCompany(companyId, (tx) => createSubscription(tx, of));
      const base = deps.config.WEBHOOK_BASE_URL ?? deps.config.PUBLIC_URL;
      const address = new URL(`/api/calendar/webhooks/${of.provider}/${secret}`, base).href;
      return made({ ...toAnswer(found), address }, `/api/subscriptions/${found.id}`);
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/subscriptions",
    summary: "Addresses for providers' signals, and how far each is",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Without what they are", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listSubscriptions(tx, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toAnswer) });
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/subscriptions/:id",
    summary: "A subscription: waiting for the handshake, pending, or active",
    answers: { 200: { description: "The subscription", schema: shape } },
    handle: async (deps, call) => ok(toAnswer(await found(deps, call))),
  }),
  route({
    ...common,
    method: "post",
    path: "/api/subscriptions/:id/confirm",
    summary: "Believes the verification token that has come, and shows it once",
    description:
      "Paste it into the webhook's settings at the provider. From then on its signals are heard.",
    body: nothing.optional(),
    answers: {
      200: {
        description: "The subscription, and the token to paste",
        schema: shape
          .extend({ verificationToken: z.string() })
          .meta({ id: "ConfirmedSubscription" }),
      },
    },
    handle: confirm,
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/subscriptions/:id",
    summary:
      "Hears nothing more at the address; the webhook at the provider is a person's to delete",
    answers: { 204: { description: "It is deleted" } },
    handle: async (deps, call) => {
      const isGone = await deps.database.withCompany(call.caller.companyId, (tx) =>
        deleteSubscription(tx, String(call.params["id"])),
      );
      if (!isGone) throw notFound();
      return { status: 204 };
    },
  }),
];

type IdCall = Call<Record<string, unknown>, unknown, unknown>;

async function found(deps: Deps, call: IdCall): Promise<Subscription> {
  const subscription = await deps.database.withCompany(call.caller.companyId, (tx) =>
    readSubscription(tx, String(call.params["id"])),
  );
  if (!subscription) throw notFound();
  return subscription;
}

async function confirm(deps: Deps, call: IdCall): Promise<Answer> {
  const { id, state } = await found(deps, call);
  const { companyId, name } = call.caller;
  const token = await deps.database.withCompany(companyId, (tx) =>
    confirmToken(tx, deps.keyRing, { id, companyId }, name),
  );
  if (token !== null) return ok({ ...toAnswer(await found(deps, call)), verificationToken: token });
  throw state === "waiting"
    ? new Problem(
        "conflict",
        "No verification token has come yet: enter the address at Notion first.",
      )
    : new Problem(
        "already_settled",
        "The token was confirmed and shown already. If it was lost, delete the subscription and make another.",
      );
}

function toAnswer(subscription: Subscription): z.output<typeof shape> {
  const text = (at: Date | null) => at?.toISOString() ?? null;
  const { id, state, confirmedBy } = subscription;
  return {
    id,
    provider: provider.parse(subscription.provider),
    state,
    nextStep: nextSteps[state],
    pendingAt: text(subscription.pendingAt),
    confirmedBy,
    confirmedAt: text(subscription.confirmedAt),
    lastMessageAt: text(subscription.lastMessageAt),
    createdAt: subscription.createdAt.toISOString(),
  };
}
