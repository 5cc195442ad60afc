import { z } from "zod";
import { listLogs, listSessions, readSession } from "../db/sessions.ts";
import { listed } from "./listed.ts";
import { byPlace, bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound } from "./problems.ts";
import { ok, type Route, route } from "./route.ts";
import {
  logShape,
  sessionShape,
  sessionStatus,
  toLog,
  toSession,
  trigger,
} from "./session-shape.ts";
import { stream } from "./session-stream.ts";
import { id, moment } from "./validation.ts";

const common = { method: "get", role: "member", tag: "sessions" } as const;

export const sessionRoutes: Route[] = [
  route({
    ...common,
    path: "/api/sessions",
    summary: "Sync sessions, newest first",
    query: z.strictObject({
      ...pageQuery,
      connectionId: id.optional(),
      status: sessionStatus.optional(),
      trigger: trigger.optional(),
      from: moment.optional(),
    }),
    answers: { 200: { description: "Sessions", schema: pageOf(sessionShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, ...filter } = call.query;
      const after = readCursor(cursor, byPlace);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listSessions(tx, filter, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ place: last.place, id: last.id }));
      return listed(call, {
        ...page,
        items: page.items.map((session) => toSession(deps, session)),
      });
    },
  }),
  route({
    ...common,
    path: "/api/sessions/:id",
    summary: "A session: what it did on each side, or why it failed",
    answers: { 200: { description: "The session", schema: sessionShape } },
    handle: async (deps, call) => {
      const sessionId = String(call.params["id"]);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readSession(tx, sessionId),
      );
      if (!found) throw notFound();
      return ok(toSession(deps, found));
    },
  }),
  route({
    ...common,
    path: "/api/sessions/:id/logs",
    summary: "The log of a session, in order",
    query: z.strictObject({ ...pageQuery, level: z.enum(["info", "warn", "error"]).optional() }),
    answers: { 200: { description: "Log rows", schema: pageOf(logShape) } },
    handle: async (deps, call) => {
      const sessionId = String(call.params["id"]);
      const { limit = defaultLimit, cursor, level } = call.query;
      const after = readCursor(cursor, bySerial)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, async (tx) => {
        if (!(await readSession(tx, sessionId))) throw notFound();
        return listLogs(tx, sessionId, { after, limit: limit + 1, level });
      });
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toLog) });
    },
  }),
  route({
    ...common,
    path: "/api/sessions/:id/stream",
    summary: "Live progress of a session (server-sent events)",
    description:
      "`log` events bear the log row's id: `Last-Event-ID` goes on after it. `session` events tell the state; `end` is the last one.",
    answers: {
      200: {
        description: "Events until the session has ended",
        schema: z.string(),
        type: "text/event-stream",
      },
    },
    handle: (deps, call) => stream(deps, call, String(call.params["id"])),
  }),
];
