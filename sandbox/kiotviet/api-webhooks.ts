import * as z from "zod";
import { type Call, checked, idParameter, type Operation } from "./api-context.ts";
import { localText } from "./dates.ts";
import { invalid, notFound } from "./errors.ts";
import { isWebhookType, type Registration } from "./registrations.ts";
import { asObject, type Json, type JsonObject } from "../json.ts";

const webhookGiven = z.object({
  type: z.string().refine(isWebhookType, "unknown type"),
  url: z.url({ protocol: /^https?$/ }),
  isactive: z.boolean().default(true),
  description: z.string().nullish(),
  secret: z.string().min(1).nullish(),
});

const CANCELLED = { message: "Hủy đăng ký webhook thành công" };

/** The members in whichever letter case they come. */
function lowered(value: unknown): JsonObject {
  const entries = Object.entries(asObject(value));
  return Object.fromEntries(entries.map(([name, held]) => [name.toLowerCase(), held]));
}

/** Everything but the secret. */
function view({ shop }: Call, { id, type, url, isActive, description }: Registration): JsonObject {
  const { retailerId } = shop.credentials;
  return { id, type, url, isActive, retailerId, description };
}

function register(call: Call): Json {
  const { kiotViet, settings, shop, body } = call;
  const given = checked(webhookGiven, lowered(lowered(body)["webhook"]));
  const { retailer } = shop.credentials;
  const same = kiotViet.registrations
    .of(retailer)
    .some(({ type, url }) => type === given.type && url === given.url);
  if (same && settings.sameWebhookTwice === "refuse") throw invalid("Webhook đã được đăng ký");
  const made = kiotViet.registrations.add({
    retailer,
    type: given.type,
    url: given.url,
    isActive: given.isactive,
    description: given.description ?? "",
    secret: given.secret ?? null,
    modifiedAt: shop.now(),
  });
  kiotViet.changed();
  return view(call, made);
}

function list(call: Call): Json {
  const { kiotViet, settings, shop } = call;
  const all = kiotViet.registrations.of(shop.credentials.retailer);
  const data = all.map((one) => listed(call, settings.fraction, one));
  return { total: data.length, pageSize: Math.max(20, data.length), data };
}

function listed(
  call: Call,
  fraction: Parameters<typeof localText>[1],
  one: Registration,
): JsonObject {
  return { ...view(call, one), modifiedDate: localText(one.modifiedAt, fraction) };
}

function find(call: Call): Registration {
  const found = call.kiotViet.registrations.get(idParameter(call));
  if (found === undefined || found.retailer !== call.shop.credentials.retailer)
    throw notFound("Webhook");
  return found;
}

function cancel(call: Call): Json {
  call.kiotViet.registrations.remove(find(call).id);
  call.kiotViet.changed();
  return CANCELLED;
}

export const webhookOperations: readonly Operation[] = [
  { id: "webhooks.register", verb: "post", path: "/webhooks", run: register },
  { id: "webhooks.list", verb: "get", path: "/webhooks", run: list },
  {
    id: "webhooks.get",
    verb: "get",
    path: "/webhooks/:id",
    run: (call) => listed(call, call.settings.fraction, find(call)),
  },
  { id: "webhooks.cancel", verb: "delete", path: "/webhooks/:id", run: cancel },
];
