import { z } from "zod";
import { listNotices, type Notice } from "../db/notices.ts";
import { listed } from "./listed.ts";
import { bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const shape = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    kind: z.string(),
    severity: z.enum(["info", "warn", "error"]),
    connectionId: z.guid().nullable(),
    subjectId: z.guid().nullable().meta({ description: "The plan that it speaks of" }),
    message: z.string(),
    repeats: z.int().meta({ description: "How often it has been said before" }),
  })
  .meta({ id: "Notice" });

export const noticeRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/notices",
    role: "member",
    tag: "inbox",
    summary: "What people were told, newest first: something waits for them, or waits no longer",
    query: z.strictObject({ ...pageQuery, connectionId: id.optional() }),
    answers: { 200: { description: "Notices", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, connectionId } = call.query;
      const before = readCursor(cursor, bySerial)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listNotices(tx, { connectionId }, { before, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toNotice) });
    },
  }),
];

function toNotice(notice: Notice): z.output<typeof shape> {
  const { companyId: _, at, ...rest } = notice;
  return { ...rest, at: at.toISOString() };
}
