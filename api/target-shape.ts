import { z } from "zod";
import type { Delivery } from "../db/delivery-queries.ts";
import type { NotificationTarget } from "../db/notification-targets.ts";
import { id, zone } from "./validation.ts";

const instant = z.iso.datetime().nullable();
const time = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "is not a time, HH:MM")
  .meta({ example: "22:00" });

export const quietHours = z
  .strictObject({ from: time, to: time, zone })
  .meta({ id: "QuietHours", description: "Everything below an error waits for their end" });

/** What a person chooses of a target. */
export const targetChoice = {
  name: z.string().trim().min(1).max(200),
  minSeverity: z.enum(["info", "warn", "error"]).meta({
    description:
      "The least that is sent; that something has ended is sent to whoever was told of it",
  }),
  connectionId: id.nullable().meta({ description: "Only what concerns this connection" }),
  detail: z
    .enum(["full", "minimal"])
    .meta({ description: "Whether what people call calendars may be in a message" }),
  quietHours: quietHours.nullable(),
};

export const targetShape = z
  .object({
    id: z.guid(),
    kind: z.enum(["email", "slack", "discord", "webhook"]),
    name: z.string(),
    address: z.string().meta({ description: "What of it may be shown: it is never shown whole" }),
    minSeverity: z.enum(["info", "warn", "error"]),
    connectionId: z.guid().nullable(),
    detail: z.enum(["full", "minimal"]),
    quietHours: z.object({ from: z.string(), to: z.string(), zone: z.string() }).nullable(),
    snoozedUntil: instant,
    enabled: z.boolean(),
    disabledReason: z.string().nullable(),
    lastSentAt: instant,
    lastError: z.string().nullable(),
    waitUntil: instant.meta({ description: "Nothing is sent before: it limits us, or failed" }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "NotificationTarget" });

export function toTarget(target: NotificationTarget): z.output<typeof targetShape> {
  const { id: targetId, kind, name, tail, minSeverity, connectionId, detail } = target;
  const { quietHours: quiet, enabled, disabledReason, lastError } = target;
  return {
    id: targetId,
    kind,
    name,
    address: tail,
    minSeverity,
    connectionId,
    detail,
    quietHours: quiet,
    snoozedUntil: text(target.snoozedUntil),
    enabled,
    disabledReason,
    lastSentAt: text(target.lastSentAt),
    lastError,
    waitUntil: text(target.waitUntil),
    createdAt: target.createdAt.toISOString(),
  };
}

const text = (at: Date | null): string | null => at?.toISOString() ?? null;

export const deliveryShape = z
  .object({
    id: z.int(),
    noticeId: z.int(),
    targetId: z.guid(),
    state: z.enum(["pending", "sent", "failed", "skipped"]),
    messageId: z.guid().nullable().meta({
      description: "The message that carries it; the same on every repeat, in a digest of several",
    }),
    attempts: z.int(),
    nextAttemptAt: instant,
    receipt: z.string().nullable().meta({ description: "What the other side calls the message" }),
    error: z.string().nullable(),
    createdAt: z.iso.datetime(),
    settledAt: instant,
  })
  .meta({ id: "Delivery" }) satisfies z.ZodType<Delivery>;
