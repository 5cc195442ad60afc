import { z } from "zod";
import { type Connection, readConnection } from "../db/connections.ts";
import { listRecordsAside, listSetAside } from "../db/connection-facts.ts";
import { askConsent } from "./consent.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, type Page, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, Problem } from "./problems.ts";
import { collectionsOf, storedGrant } from "./remote.ts";
import { type Call, nothing, ok, type Route, route } from "./route.ts";

const common = { tag: "connections" } as const;

const collection = z
  .object({
    id: z.string(),
    name: z.string(),
    timeZone: z.string().nullable(),
    writable: z.boolean(),
    primary: z.boolean(),
  })
  .meta({ id: "Collection" });
const aside = z
  .object({
    id: z
      .guid()
      .nullable()
      .meta({ description: "Null for a record that was named and never read" }),
    state: z.enum(["waiting", "set-aside", "kept-out"]),
    reason: z.string().nullable(),
    remoteId: z.string().nullable(),
    eventId: z.guid().nullable(),
    stream: z.string().nullable().meta({ description: "Of a record; null for a calendar's item" }),
  })
  .meta({ id: "SetAside" });
export const connectionActionRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/connections/:id/collections",
    role: "admin",
    summary: "What this connection's consent or credentials can reach: calendars, or companies",
    refuses: [409, 422],
    answers: {
      200: {
        description: "What there is to choose from",
        schema: z.object({ data: z.array(collection) }),
      },
    },
    handle: async (deps, call) => {
      const connection = await found(deps, call);
      if (connection.grantState !== "ok")
        throw new Problem("not_connected", "Nobody has given consent yet, or it has ended.");
      const collections = await collectionsOf(
        deps,
        connection,
        storedGrant(deps, connection),
        call.gone,
      );
      return ok({ data: collections.map(({ zone, ...rest }) => ({ ...rest, timeZone: zone })) });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/connections/:id/consent",
    role: "admin",
    summary: "Asks for consent, again or for the first time",
    body: nothing.optional(),
    answers: {
      200: {
        description: "Where to give it, within ten minutes",
        schema: z.object({ consentUrl: z.url() }),
      },
    },
    handle: async (deps, call) => {
      const connection = await found(deps, call);
      return ok({ consentUrl: await askConsent(deps, call.caller, connection) });
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/connections/:id/set-aside",
    role: "member",
    summary: "Items that cannot be synced now, and why",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Items", schema: pageOf(aside) } },
    handle: async (deps, call) => {
      const connection = await found(deps, call);
      return listed(call, await setAside(deps, call, connection));
    },
  }),
];

type AnyCall = Call<unknown, unknown, unknown>;

const byAside = z.strictObject({
  stream: z.string().max(500),
  remoteId: z.string().max(500),
  state: z.enum(["waiting", "set-aside"]),
});

function setAside(
  deps: Deps,
  call: Call<unknown, { limit?: number | undefined; cursor?: string | undefined }, unknown>,
  { id, provider }: Connection,
): Promise<Page<z.output<typeof aside>>> {
  const { limit = defaultLimit, cursor } = call.query;
  const isOfRecords = deps.registry
    .list()
    .some((connector) => connector.provider === provider && connector.kind === "records");
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    if (!isOfRecords) {
      const after = readCursor(cursor, byId)?.id;
      const items = await listSetAside(tx, id, { after, limit: limit + 1 });
      const page = cut(items, limit, (last) => ({ id: last.id }));
      return { ...page, items: page.items.map((item) => ({ ...item, stream: null })) };
    }
    const after = readCursor(cursor, byAside);
    const items = await listRecordsAside(tx, id, { after, limit: limit + 1 });
    const page = cut(items, limit, ({ stream, remoteId, state }) => ({ stream, remoteId, state }));
    return { ...page, items: page.items.map((item) => ({ ...item, eventId: null })) };
  });
}

/** A living connection of the caller's company. @throws Problem */
export async function livingConnection(
  deps: Deps,
  call: Pick<AnyCall, "caller">,
  id: string,
): Promise<Connection> {
  const connection = await deps.database.withCompany(call.caller.companyId, (tx) =>
    readConnection(tx, id),
  );
  if (!connection) throw notFound();
  if (connection.disconnectedAt)
    throw new Problem("disconnected", "The connection was disconnected.");
  return connection;
}

function found(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, unknown>,
): Promise<Connection> {
  return livingConnection(deps, call, String(call.params["id"]));
}
