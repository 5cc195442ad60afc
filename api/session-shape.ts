import { z } from "zod";
import { usualStreams } from "../db/rings.ts";
import type { Session, SessionLog } from "../db/sessions.ts";
import type { Deps } from "./deps.ts";

const instant = z.iso.datetime().nullable();
const counts = z
  .object({
    created: z.int(),
    updated: z.int(),
    deleted: z.int(),
    unchanged: z.int(),
    failed: z.int(),
  })
  .meta({ id: "Counts" });

const progress = z
  .object({
    step: z.string(),
    stream: z.string().nullable(),
    done: z.int(),
    total: z.int().nullable().meta({ description: "Null where nobody knows it" }),
  })
  .meta({ id: "Progress" });

export const sessionStatus = z.enum(["queued", "running", "completed", "error"]);
export const trigger = z.enum([
  "manual",
  "schedule",
  "webhook",
  "api",
  "slack",
  "page",
  "follow-up",
]);

export const sessionShape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    kind: z.enum(["sync", "preview", "apply", "undo"]),
    planId: z.guid().nullable().meta({ description: "The plan it draws up or carries out" }),
    status: sessionStatus,
    trigger,
    triggeredBy: z.string(),
    streams: z.array(z.string()).meta({ description: "What it reads; empty for everything" }),
    progress: progress.nullable().meta({ description: "Where it is, while it reads records" }),
    createdAt: z.iso.datetime(),
    startedAt: instant,
    completedAt: instant,
    local: counts.meta({ description: "What was done on our side" }),
    remote: counts.meta({ description: "What was done at the provider" }),
    providerCalls: z.int(),
    errorCode: z.string().nullable(),
    error: z.string().nullable(),
    workflowId: z.string().nullable(),
    runId: z.string().nullable(),
    temporalUrl: z.string().nullable(),
  })
  .meta({ id: "Session" });

export const logShape = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    level: z.enum(["info", "warn", "error"]),
    message: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "SessionLog" });

export function toSession(
  deps: Pick<Deps, "config">,
  session: Session,
): z.output<typeof sessionShape> {
  const {
    id,
    connectionId,
    kind,
    planId,
    status,
    triggeredBy,
    providerCalls,
    errorCode,
    error,
    workflowId,
    runId,
  } = session;
  return {
    id,
    connectionId,
    kind,
    planId,
    status,
    triggeredBy,
    providerCalls,
    errorCode,
    error,
    workflowId,
    runId,
    trigger: trigger.parse(session.trigger),
    streams: session.streams.includes(usualStreams) ? [] : session.streams,
    progress: session.progress === null ? null : progress.parse(session.progress),
    createdAt: session.createdAt.toISOString(),
    startedAt: session.startedAt?.toISOString() ?? null,
    completedAt: session.completedAt?.toISOString() ?? null,
    local: {
      created: session.localCreated,
      updated: session.localUpdated,
      deleted: session.localDeleted,
      unchanged: session.localUnchanged,
      failed: session.localFailed,
    },
    remote: {
      created: session.remoteCreated,
      updated: session.remoteUpdated,
      deleted: session.remoteDeleted,
      unchanged: session.remoteUnchanged,
      failed: session.remoteFailed,
    },
    temporalUrl: temporalUrl(deps.config, workflowId, runId),
  };
}

export function toLog(log: SessionLog): z.output<typeof logShape> {
  const { id, level, message } = log;
  return {
    id,
    at: log.at.toISOString(),
    level,
    message,
    data: log.data as Record<string, unknown>,
  };
}

function temporalUrl(
  { TEMPORAL_UI_URL: ui, temporalNamespace }: Deps["config"],
  workflowId: string | null,
  runId: string | null,
): string | null {
  if (workflowId === null) return null;
  const path = [
    "namespaces",
    temporalNamespace,
    "workflows",
    workflowId,
    ...(runId === null ? [] : [runId, "history"]),
  ];
  return `${ui.replace(/\/$/, "")}/${path.map(encodeURIComponent).join("/")}`;
}
