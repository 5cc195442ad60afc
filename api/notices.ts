import { z } from "zod";
import { type Delivery, deliveriesOf } from "../db/delivery-queries.ts";
import { listNotices, type Notice } from "../db/notices.ts";
import { listed } from "./listed.ts";
import { bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { type Route, route } from "./route.ts";
import { deliveryShape } from "./target-shape.ts";
import { id } from "./validation.ts";

const shape = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    kind: z.string(),
    severity: z.enum(["info", "warn", "error"]),
    connectionId: z.guid().nullable(),
    subjectId: z
      .guid()
      .nullable()
      .meta({ description: "The plan or the notification target that it speaks of" }),
    message: z.string(),
    repeats: z.int().meta({ description: "How often it has been said before" }),
    deliveries: z
      .array(deliveryShape)
      .meta({ description: "To whom it was sent, and what became of that" }),
  })
  .meta({ id: "Notice" });

export const noticeRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/notices",
    role: "member",
    tag: "inbox",
    summary:
      "What people were told, newest first: what has changed about a connection, what waits for them",
    query: z.strictObject({
      ...pageQuery,
      connectionId: id.optional(),
      severity: shape.shape.severity.optional(),
      kind: z.string().max(64).optional(),
    }),
    answers: { 200: { description: "Notices", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, ...filter } = call.query;
      const before = readCursor(cursor, bySerial)?.id;
      return deps.database.withCompany(call.caller.companyId, async (tx) => {
        const found = await listNotices(tx, filter, { before, limit: limit + 1 });
        const page = cut(found, limit, (last) => ({ id: last.id }));
        const sent = await deliveriesOf(
          tx,
          page.items.map((notice) => notice.id),
        );
        return listed(call, { ...page, items: page.items.map((item) => toNotice(item, sent)) });
      });
    },
  }),
];

function toNotice(notice: Notice, sent: readonly Delivery[]): z.output<typeof shape> {
  const { companyId: _, at, ...rest } = notice;
  const deliveries = sent.filter(({ noticeId }) => noticeId === notice.id);
  return { ...rest, at: at.toISOString(), deliveries };
}
