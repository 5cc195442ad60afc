import { z } from "zod";
import type { OpenConnection } from "../connectors/connector.ts";
import { Unauthenticated } from "../connectors/errors.ts";
import { type EventRecord, readEvent } from "../db/event-queries.ts";
import { readStepFacts, readTrail, type StepFacts, type TrailRow } from "../db/why.ts";
import { blankCancelled } from "../sync/change.ts";
import { eventFields } from "../sync/event.ts";
import { type Standing, standing } from "../sync/in-step.ts";
import type { Deps } from "./deps.ts";
import { bySerial, cut, defaultLimit, pageQuery, readCursor } from "./paging.ts";
import { notFound } from "./problems.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";
import { wordsOf } from "./rule-words.ts";

const instant = z.string().nullable();

const entry = z
  .object({
    id: z.int(),
    at: z.string(),
    side: z.enum(["local", "remote"]),
    action: z.enum(["created", "updated", "deleted", "restored"]),
    fields: z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() })),
    rule: z.string(),
    words: z.string().meta({ description: "What the rule means" }),
    version: z.int(),
    by: z.string().nullable(),
    connectionId: z.guid().nullable(),
    provider: z.string().nullable(),
    session: z
      .object({
        id: z.guid(),
        trigger: z.string().nullable(),
        triggeredBy: z.string().nullable(),
        startedAt: instant,
      })
      .nullable(),
  })
  .meta({ id: "TrailEntry" });

const step = z
  .object({
    connectionId: z.guid(),
    provider: z.string(),
    inStep: z.boolean(),
    /** The provider was last read completely then. */
    asOf: instant,
    checks: z.array(z.object({ rule: z.string(), passed: z.boolean() })),
    stoppedAt: z.string().nullable(),
    reason: z.string().nullable(),
    whatToDo: z.string().nullable(),
  })
  .meta({ id: "InStep" });

const answerShape = z.object({
  data: z.array(entry),
  nextCursor: z.string().nullable(),
  connections: z.array(step),
});

export type WhyAnswer = z.output<typeof answerShape>;

export const whyRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/events/:id/why",
    role: "member",
    tag: "trail",
    summary: "Why an event is as it is, and why it is not in step where it is not",
    query: z.strictObject(pageQuery),
    answers: {
      200: {
        description: "The trail, newest first, and how the event stands with each connection",
        schema: answerShape,
      },
    },
    handle: why,
  }),
];

async function why(
  deps: Deps,
  call: Call<
    Record<string, unknown>,
    { limit?: number | undefined; cursor?: string | undefined },
    unknown
  >,
): Promise<Answer> {
  const eventId = String(call.params["id"]);
  const { limit = defaultLimit, cursor } = call.query;
  const before = readCursor(cursor, bySerial)?.id;
  const found = await deps.database.withCompany(call.caller.companyId, async (tx) => {
    const event = await readEvent(tx, eventId);
    if (!event) throw notFound();
    return {
      event,
      trail: await readTrail(tx, eventId, { before, limit: limit + 1 }),
      facts: await readStepFacts(tx, eventId),
    };
  });
  const page = cut(found.trail, limit, (last) => ({ id: last.id }));
  return ok({
    data: page.items.map(toEntry),
    nextCursor: page.nextCursor,
    connections: found.facts.map((facts) => toStep(deps, found.event, facts)),
  });
}

function toEntry(row: TrailRow): z.output<typeof entry> {
  const { sessionId, trigger, triggeredBy, startedAt, fields, ...rest } = row;
  return {
    ...rest,
    fields: fields as z.output<typeof entry>["fields"],
    words: wordsOf(row.rule),
    session: sessionId === null ? null : { id: sessionId, trigger, triggeredBy, startedAt },
  };
}

function toStep(deps: Deps, event: EventRecord, facts: StepFacts): z.output<typeof step> {
  // An installation may have lost a connector that its connections name.
  const connector = deps.registry
    .list()
    .filter((known) => known.kind === "calendar")
    .find(({ provider }) => provider === facts.provider);
  const remote = connector?.open(unreachable(facts.settings));
  const write = remote?.write;
  const told: Standing = standing({
    ...facts,
    hasCalendar: Object.keys(facts.settings).length > 0,
    local: event.deletedAt ? null : blankCancelled(event.item).fields,
    fields: remote?.fields ?? connector?.fields ?? eventFields,
    normalise: (local) => write?.normalise({ fields: local }).fields ?? local,
  });
  const { connectionId, provider, lastCompletePassAt: asOf } = facts;
  return { connectionId, provider, asOf, ...told };
}

/** Only what the provider makes of values is asked here: no call is made. */
function unreachable(settings: Record<string, string>): OpenConnection {
  const never = () => Promise.reject(new Unauthenticated("nothing is asked of the provider here"));
  return { settings, grant: never, renewed: never, spend: never, now: Date.now };
}
