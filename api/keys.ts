import { z } from "zod";
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from "../db/api-keys.ts";
import { rotateCredentials } from "../db/grants.ts";
import { rotateTargets } from "../db/notification-targets.ts";
import { randomSecret, sha256 } from "../db/secrets.ts";
import { rotateTokens } from "../db/subscriptions.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, Problem } from "./problems.ts";
import { made, nothing, ok, type Route, route } from "./route.ts";

const shape = z
  .object({
    id: z.guid(),
    name: z.string(),
    role: z.enum(["owner", "admin", "member"]),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "ApiKey" });

export type ApiKeyAnswer = z.output<typeof shape>;

const common = { role: "owner", tag: "keys" } as const;

export const keyRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/keys",
    summary: "API keys of the company",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Keys, without what they are", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listApiKeys(tx, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toAnswer) });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/keys",
    summary: "Makes an API key; it is shown once",
    body: z
      .strictObject({ name: z.string().trim().min(1).max(200), role: shape.shape.role })
      .meta({ id: "NewApiKey" }),
    answers: {
      201: {
        description: "The key",
        schema: shape.extend({ key: z.string() }).meta({ id: "ShownApiKey" }),
      },
    },
    handle: async (deps, call) => {
      const { companyId } = call.caller;
      const key = `syncline_${randomSecret()}`;
      const found = await deps.database.withCompany(companyId, (tx) =>
        createApiKey(tx, { id: call.newId, companyId, ...call.body, hash: sha256(key) }),
      );
      return made({ ...toAnswer(found), key }, `/api/keys/${found.id}`);
    },
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/keys/:id",
    summary: "Revokes an API key, at once",
    answers: { 204: { description: "It is revoked" } },
    handle: async (deps, call) => {
      const id = String(call.params["id"]);
      const outcome = await deps.database.withCompany(call.caller.companyId, (tx) =>
        revokeApiKey(tx, id),
      );
      if (outcome === "unknown") throw notFound();
      if (outcome === "last owner")
        throw new Problem("conflict", "This is the last owner's key: make another one first.");
      return { status: 204 };
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/keys/rotate-encryption",
    summary: "Seals the stored credentials anew with the current encryption key",
    body: nothing.optional(),
    answers: { 200: { description: "How many", schema: z.object({ rotated: z.int() }) } },
    handle: async (deps, call) => {
      const rotated = await deps.database.withCompany(
        call.caller.companyId,
        async (tx) =>
          (await rotateCredentials(tx, deps.keyRing)) +
          (await rotateTokens(tx, deps.keyRing)) +
          (await rotateTargets(tx, deps.keyRing)),
      );
      return ok({ rotated });
    },
  }),
];

function toAnswer(key: ApiKey): z.output<typeof shape> {
  return {
    id: key.id,
    name: key.name,
    role: key.role,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
