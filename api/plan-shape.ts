import { z } from "zod";
import type { HeldRecord } from "../db/held-records.ts";
import type { HeldItem } from "../db/held.ts";
import type { PlanItem } from "../db/plan-items.ts";
import type { Plan } from "../db/plan-rows.ts";

export const planState = z.enum([
  "held",
  "approved",
  "rejected",
  "asked",
  "ready",
  "applying",
  "applied",
  "moved",
  "discarded",
  "failed",
]);
export const planKind = z.enum(["deletions", "preview", "undo"]);
export const side = z.enum(["local", "remote"]);
export const action = z.enum(["created", "updated", "deleted", "restored"]);

const instant = z.iso.datetime().nullable();
const fields = z
  .record(z.string(), z.object({ before: z.unknown().optional(), after: z.unknown() }))
  .meta({ description: "Field by field; of a creation every field, without a before" });

const line = {
  eventId: z.guid().nullable(),
  remoteId: z.string().nullable(),
  side: side.meta({ description: "Where it would be done" }),
  action,
  fields,
  rule: z.string(),
  held: z.boolean().meta({ description: "The brake holds it until a person decides" }),
  guestsMailed: z.literal(0).meta({ description: "No write of ours mails a guest" }),
};

export const itemShape = z
  .object({
    seq: z.int().nullable().meta({ description: "Its place; null for what a held plan holds now" }),
    title: z.string().nullable(),
    stream: z.string().nullable().meta({ description: "Of a record: its stream" }),
    ...line,
    state: z.enum(["planned", "done", "left"]),
    reason: z.string().nullable().meta({ description: "Why it was left" }),
  })
  .meta({ id: "PlanItem" });

const movedLine = z.object(line).meta({ id: "PlanLine" });
type Line = z.output<typeof movedLine>;

export const planShape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    sessionId: z
      .guid()
      .meta({ description: "The session that drew it up; of an undo, the one that it takes back" }),
    undoes: z.guid().nullable().meta({ description: "The session that an undo takes back" }),
    kind: planKind,
    side: side.nullable().meta({ description: "Where the items would be deleted" }),
    reason: z.string(),
    state: planState,
    items: z.int(),
    summary: z.record(z.string(), z.unknown()).meta({ description: "Counts by side and action" }),
    moved: z
      .array(z.object({ planned: movedLine.nullable(), now: movedLine.nullable() }))
      .meta({ description: "What is not as the plan has shown it, at most a hundred" }),
    movedCount: z.int(),
    askedBy: z.string().nullable(),
    settledBy: z.string().nullable(),
    createdAt: z.iso.datetime(),
    settledAt: instant,
    waitsUntil: instant.meta({
      description: "Until then a ready plan holds sessions back; null: until a person decides",
    }),
  })
  .meta({ id: "Plan" });

interface StoredSummary {
  moved?: { planned: Line | null; now: Line | null }[];
  movedCount?: number;
}

export function toPlan(plan: Plan): z.output<typeof planShape> {
  const { companyId: _, summary: stored, createdAt, settledAt, waitsUntil, ...rest } = plan;
  const { moved = [], movedCount = 0, ...summary } = stored as StoredSummary;
  return {
    ...rest,
    summary,
    moved: moved.map(({ planned, now }) => ({
      planned: planned && toLine(planned),
      now: now && toLine(now),
    })),
    movedCount,
    createdAt: createdAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
    waitsUntil: waitsUntil?.toISOString() ?? null,
  };
}

export function toItem(item: PlanItem & { title: string | null }): z.output<typeof itemShape> {
  const { seq, title, state, reason } = item;
  return { seq, title, stream: null, ...toLine(item), state, reason };
}

/** What a held plan would delete, as a line that is planned still. */
export function toHeldItem(item: HeldItem, on: Line["side"]): z.output<typeof itemShape> {
  return { ...heldLine(item, on), title: item.title };
}

/** A record that a held plan would delete. */
export function toHeldRecord({ stream, remoteId }: HeldRecord): z.output<typeof itemShape> {
  return { ...heldLine({ eventId: null, remoteId }, "local"), stream };
}

function heldLine(
  of: { eventId: string | null; remoteId: string | null },
  on: Line["side"],
): z.output<typeof itemShape> {
  const { eventId, remoteId } = of;
  const held = { eventId, remoteId, side: on, action: "deleted" as const, fields: {}, held: true };
  return {
    seq: null,
    title: null,
    stream: null,
    ...toLine({ ...held, rule: `delete ${on}` }),
    state: "planned",
    reason: null,
  };
}

function toLine(item: Omit<Line, "guestsMailed">): Line {
  const { eventId, remoteId, side: on, action: what, fields: changed, rule, held } = item;
  return {
    eventId,
    remoteId,
    side: on,
    action: what,
    fields: changed,
    rule,
    held,
    guestsMailed: 0,
  };
}
