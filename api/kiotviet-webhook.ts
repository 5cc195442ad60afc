import type { RequestHandler } from "express";
import { z } from "zod";
import type { Heard } from "../connectors/records.ts";
import { type Channel, findChannel, noteMessage } from "../db/channels.ts";
import { markWork } from "../db/record-work.ts";
import { itemsAlone } from "../db/rings.ts";
import { signingSecret } from "../db/signals.ts";
import type { Deps } from "./deps.ts";
import { distinct } from "./distinct.ts";
import { toProblem } from "./failures.ts";
import { Problem } from "./problems.ts";
import { rawBody } from "./raw-body.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";

const provider = "kiotviet";
const below = `/api/webhooks/${provider}`;
const heard: Answer = { status: 200 };
const longest = 1_048_576;
/** KiotViet counts an answer after five seconds as none (reference: 8, rule 1). */
const patienceMs = 4_500;
const isChannel = /^\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * KiotViet's messages. It stops sending to whoever answers 4xx: whatever arrives here is answered with
 * 200, believed or not. Only what should be believed and cannot be stored is answered with 503, and
 * comes again.
 */
export const kiotvietWebhookRoutes: Route[] = [
  route({
    method: "post",
    path: `${below}/:channelId`,
    role: "public",
    limited: false,
    tag: "webhooks",
    summary: "KiotViet's messages",
    description:
      "Everything below this address is answered with 200, whatever its method and body are; what could not be stored with 503, so that it is sent again.",
    params: z.looseObject({ channelId: z.string() }),
    query: z.looseObject({}),
    answers: { 200: { description: "Heard" } },
    refuses: [503],
    handle: (deps, call) => inTime(hear(deps, call)),
  }),
];

/** Mounted at `/api/webhooks/kiotviet`, before everything that refuses: no address below it answers 4xx. */
export function answerStrays(): RequestHandler {
  return (req, res, next) => {
    // Matched as it came: what cannot be decoded never reaches a route.
    if (req.method === "POST" && isChannel.test(req.path)) return next();
    req.resume();
    req.once("end", () => res.status(200).end());
    req.once("error", () => res.status(200).end());
  };
}

async function hear(
  deps: Deps,
  call: Call<{ channelId: string }, unknown, unknown>,
): Promise<Answer> {
  const body = await rawBody(call.req, longest);
  if (body === null) return heard;
  try {
    await take(deps, call, body);
  } catch (error) {
    if (toProblem(error).status >= 500) throw error;
    deps.log.warn({ err: error }, "a message of KiotViet's could not be understood");
  }
  return heard;
}

async function take(
  deps: Deps,
  { req, params }: Call<{ channelId: string }, unknown, unknown>,
  body: Buffer,
): Promise<void> {
  const { signals } = deps.registry.records(provider);
  const id = params.channelId;
  const channel = await deps.database.acrossCompanies((tx) => findChannel(tx, id));
  if (!channel || !signals) return;
  const of = { ...channel, provider };
  const secret = await deps.database.withCompany(channel.companyId, (tx) =>
    signingSecret(tx, deps.keyRing, of),
  );
  if (secret === null || !signals.isSigned(distinct(req.headersDistinct), body, secret)) return;
  await store(deps, channel, signals.read(body));
}

/** Message, marks and ring in one transaction: after the answer nothing is lost. */
async function store(deps: Deps, channel: Channel, news: Heard): Promise<void> {
  const { companyId, connectionId } = channel;
  const key = news.id === null ? null : `${channel.id} ${news.id}`;
  if (key !== null && lately.has(key)) return;
  const due = await deps.database.withCompany(companyId, async (tx) => {
    if (!(await noteMessage(tx, channel.id, null))) return false;
    for (const [stream, ids] of byStream(news))
      await markWork(tx, { companyId, connectionId, stream }, ids);
    if (news.streams.length === 0 && news.items.length === 0) return false;
    const streams = news.streams.length > 0 ? news.streams : [itemsAlone];
    const of = { companyId, connectionId, streams, trigger: "webhook", by: "system" } as const;
    return (await deps.frontDoor.ringIn(tx, of)).signal;
  });
  if (key !== null) remember(key);
  if (due) deps.frontDoor.signal({ companyId, connectionId });
}

function byStream({ items }: Heard): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { stream, remoteId } of items) ids.set(stream, [...(ids.get(stream) ?? []), remoteId]);
  return ids;
}

/**
 * Messages that were stored, by channel and id. In this process and for a while only: one that comes
 * again rings and marks what is rung and marked already, and costs a short session at most.
 */
const lately = new Set<string>();
const mostRemembered = 10_000;

function remember(key: string): void {
  lately.add(key);
  const [oldest] = lately;
  if (lately.size > mostRemembered && oldest !== undefined) lately.delete(oldest);
}

/** @throws Problem 503 when it takes too long to be waited for; what is under way is still stored */
async function inTime(answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Problem("database_unavailable", "This could not be stored in time.")),
      patienceMs,
    );
  });
  // Where it fails after all, nobody is left to be told.
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
