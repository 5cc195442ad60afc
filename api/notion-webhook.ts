import { createHmac } from "node:crypto";
import express from "express";
import { z } from "zod";
import { sameDigest, sha256 } from "../db/secrets.ts";
import {
  connectionsNaming,
  findSubscription,
  noteSignal,
  offerToken,
  readToken,
} from "../db/subscriptions.ts";
import type { Deps } from "./deps.ts";
import { collectionsNamed } from "./notion-signal.ts";
import { notFound, Problem } from "./problems.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";

const provider = "notion";
const heard: Answer = { status: 200 };

/**
 * Notion's signals. The address names the company by a secret. The first message brings the token that
 * later ones are signed with; it is believed once an owner has confirmed it, and never replaced. What a
 * signal says is no content: it tells at most whom to ring for.
 */
export const notionWebhookRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/calendar/webhooks/notion/:secret",
    role: "public",
    limited: false,
    tag: "webhooks",
    summary: "Notion's signals",
    params: z.strictObject({ secret: z.string().regex(/^[\w-]{43}$/) }),
    answers: { 200: { description: "Heard" } },
    refuses: [401, 404, 409, 413, 415, 503],
    handle: async (deps, call) => {
      const of = await deps.database.acrossCompanies((tx) =>
        findSubscription(tx, sha256(call.params.secret)),
      );
      if (of?.provider !== provider) throw notFound();
      const raw = await rawBody(call);
      const token = await deps.database.withCompany(of.companyId, (tx) =>
        readToken(tx, deps.keyRing, of),
      );
      if (token === null) await keepToken(deps, of, raw);
      else if (isSigned(raw, call.req.headersDistinct["x-notion-signature"], token))
        await ring(deps, of, raw);
      else throw refused();
      return heard;
    },
  }),
];

const parseRaw = express.raw({ limit: "100kb", type: () => true, inflate: false });

/** The bytes as they came: the signature is theirs. @throws body-parser's own errors */
async function rawBody({ req, res }: Call<unknown, unknown, unknown>): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => {
    parseRaw(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  const body: unknown = req.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

const handshake = z.looseObject({ verification_token: z.string().regex(/^[\x21-\x7e]{8,512}$/) });

type Ref = { id: string; companyId: string };

async function keepToken(deps: Deps, of: Ref, raw: Buffer): Promise<void> {
  const { success, data } = handshake.safeParse(parsed(raw));
  if (!success) throw refused();
  await deps.database.withCompany(of.companyId, (tx) =>
    offerToken(tx, deps.keyRing, of, data.verification_token),
  );
}

/** `sha256=` and 64 hex digits, once. What has another shape is refused before anything is compared. */
function isSigned(raw: Buffer, header: readonly string[] | undefined, token: string): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header?.join(",") ?? "") ?? [];
  if (hex === undefined) return false;
  const expected = createHmac("sha256", token).update(raw).digest();
  return sameDigest(Buffer.from(hex, "hex"), expected);
}

async function ring(deps: Deps, { id, companyId }: Ref, raw: Buffer): Promise<void> {
  const ids = collectionsNamed(parsed(raw));
  const due = await deps.database.withCompany(companyId, async (tx) => {
    await noteSignal(tx, id);
    const rung = [];
    for (const connectionId of await connectionsNaming(tx, { provider, ids })) {
      const of = { companyId, connectionId, trigger: "webhook", by: "system" } as const;
      if ((await deps.frontDoor.ringIn(tx, of)).signal) rung.push({ companyId, connectionId });
    }
    return rung;
  });
  for (const of of due) deps.frontDoor.signal(of);
}

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString("utf8"));
  } catch {
    return undefined;
  }
}

const refused = () => new Problem("bad_signature", "This message is not signed as it must be.");
