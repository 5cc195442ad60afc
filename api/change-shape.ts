import { z } from "zod";
import type { FeedChange } from "../db/change-feed.ts";
import { streamName } from "./record-query.ts";
import { id, moment } from "./validation.ts";

const before = z.object({ before: z.unknown(), after: z.unknown() });

export const changeAction = z.enum(["created", "updated", "deleted", "restored"]);

export const changeShape = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    eventId: z.guid().nullable().meta({ description: "Null for a change of a record" }),
    recordId: z.guid().nullable().meta({ description: "Null for a change of an event" }),
    stream: z.string().nullable(),
    remoteId: z.string().nullable(),
    parentId: z.string().nullable(),
    connectionId: z.guid().nullable(),
    sessionId: z.guid().nullable(),
    by: z.string().nullable().meta({ description: "Who edited our side, where no session did" }),
    side: z.enum(["local", "remote"]),
    action: changeAction,
    fields: z
      .record(z.string(), z.union([z.object({ sensitive: z.literal(true) }), before]))
      .meta({ description: "Of a sensitive field of a record only that it changed" }),
    rule: z.string().nullable().meta({ description: "Null for a change of a record" }),
    version: z.int(),
  })
  .meta({ id: "Change" });

/** What changes can be looked for by; an export takes the same. */
export const changeFilters = {
  from: moment.optional(),
  to: moment.optional(),
  of: z.enum(["events", "records", "all"]).optional().meta({
    description:
      "Changes of events, of records, or one feed of both. Unless it is given, both; but a list that names no connection, session, stream, record, field, action or order has events alone",
  }),
  connectionId: id.optional(),
  eventId: id.optional(),
  recordId: id.optional(),
  sessionId: id.optional(),
  stream: streamName.optional(),
  field: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: "A field that the change touched" }),
  action: changeAction.optional(),
};

export function toChange(found: FeedChange): z.output<typeof changeShape> {
  const { tx: _, ...change } = found;
  return { ...change, fields: change.fields as z.output<typeof changeShape>["fields"] };
}
