import { z } from "zod";
import { propertiesShape } from "./connection-settings.ts";
import { type ConnectionState, statusWords } from "./connection-state.ts";
import { streamShape } from "./stream-shape.ts";

const instant = z.iso.datetime().nullable();

export const connectionShape = z
  .object({
    id: z.guid(),
    provider: z.string(),
    name: z.string().nullable().meta({
      description: "What people call it: its calendar's name, or what is read",
    }),
    kind: z.enum(["calendar", "records"]),
    settings: z
      .record(z.string(), z.string())
      .meta({ description: "Of business data: what is read, such as `retailer` or `companyId`" }),
    calendarId: z.guid().nullable(),
    remoteCalendarId: z.string().nullable(),
    properties: propertiesShape,
    account: z.string().nullable(),
    direction: z.enum(["both", "in", "out"]),
    policy: z.enum(["newest", "ours", "theirs", "owner", "ask"]),
    firstSync: z.enum(["run", "preview"]),
    enabled: z.boolean(),
    pausedReason: z.string().nullable(),
    grantState: z.enum(["pending", "ok", "needs_reauth", "revoked"]),
    state: z.enum(Object.keys(statusWords) as [ConnectionState, ...ConnectionState[]]),
    status: z.string(),
    quiescent: z.boolean().meta({ description: "Nothing is pending and nothing is running" }),
    nextStep: z.string().nullable().meta({ description: "What a person should do, in words" }),
    pollIntervalMs: z.int().meta({
      description:
        "Of business data: the longest time between two runs of its most frequent schedule, or what is usual where none runs",
    }),
    freshnessTargetMs: z.int().nullable().meta({
      description: "How old the last complete pass may grow before people are told, where chosen",
    }),
    lastCompletePassAt: instant,
    fresh: z.boolean().meta({
      description:
        "The last complete pass is younger than freshnessTargetMs, or than two poll intervals. Business data without a schedule is never late",
    }),
    nextRunAt: instant.meta({
      description: "The next run of its schedules, as Temporal last said",
    }),
    waitUntil: instant,
    waitReason: z.string().nullable(),
    runningSessionId: z.guid().nullable(),
    nextSessionId: z.guid().nullable(),
    counters: z.object({
      links: z.int(),
      setAside: z.int(),
      pendingWrites: z.int(),
      failedWrites: z.int(),
      openConflicts: z.int(),
      heldPlans: z.int(),
      records: z.int(),
      recordsSetAside: z.int(),
    }),
    streams: z.array(streamShape).meta({ description: "Of business data: how each stream stands" }),
    channel: z.union([
      z.object({
        id: z.guid(),
        state: z.enum(["opening", "open"]),
        expiresAt: instant,
        hoursLeft: z.number().nullable(),
      }),
      z.literal("polling only"),
    ]),
    hasCursor: z.boolean(),
    tokenExpiresAt: instant,
    lastErrorCode: z.string().nullable(),
    lastError: z.string().nullable(),
    lastErrorAt: instant,
    createdAt: z.iso.datetime(),
    disconnectedAt: instant,
  })
  .meta({ id: "Connection" });

export type ConnectionAnswer = z.output<typeof connectionShape>;
