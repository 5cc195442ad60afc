import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { deletedThere } from "./deletions.ts";
import { approvedUntil } from "./plans.ts";
import { deletedHere } from "./writes.ts";

/** What a held plan would delete: an event of ours, or the item that it is linked to. */
export interface HeldItem {
  eventId: string;
  linkId: string;
  remoteId: string | null;
  title: string;
  version: number;
  revision: number;
}

/** The deletions that wait on one side as they are now, a series once, in the order of their events. */
export async function listHeld(
  tx: Tx,
  connectionId: string,
  side: "local" | "remote",
  page: { after: string | undefined; limit: number | null },
): Promise<HeldItem[]> {
  const approved = await approvedUntil(tx, connectionId, side);
  const deletions = side === "local" ? deletedThere : deletedHere;
  const after = page.after === undefined ? sql`` : sql`and e.id > ${page.after}::uuid`;
  return rows(
    tx,
    sql`select e.id as "eventId", l.id as "linkId", l.remote_id as "remoteId", e.title, e.version::float8 as version,
          l.revision::float8 as revision
        ${deletions(connectionId, approved)} ${after} order by e.id limit ${page.limit}`,
  );
}

/** The sides of a connection on which deletions wait for a person. */
export async function heldSides(tx: Tx, connectionId: string): Promise<("local" | "remote")[]> {
  const found = await rows<{ side: "local" | "remote" }>(
    tx,
    sql`select side from plans where connection_id = ${connectionId} and state = 'held' order by side`,
  );
  return found.map(({ side }) => side);
}
