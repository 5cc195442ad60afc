import { claimPageRing } from "../db/page-rings.ts";
import type { Deps } from "./deps.ts";

export interface PageOf {
  companyId: string;
  calendarId: string;
}

/**
 * Rings for all connections of a calendar because a customer looks at its page: at most once a minute,
 * whoever looks. Never throws and is never waited for. The minute is claimed before anything is rung,
 * so that a bell that fails is not tried by every page that follows; what is lost, the next minute mends.
 */
export async function ringQuietly(deps: Deps, { companyId, calendarId }: PageOf): Promise<void> {
  try {
    const connectionIds = await deps.database.withCompany(companyId, (tx) =>
      claimPageRing(tx, { companyId, calendarId }),
    );
    for (const connectionId of connectionIds) await ringOne(deps, { companyId, connectionId });
  } catch (err) {
    deps.log.warn({ err, calendarId }, "a page could not claim its ring");
  }
}

/** One connection's bell that fails does not silence the others. */
async function ringOne(deps: Deps, of: { companyId: string; connectionId: string }): Promise<void> {
  try {
    await deps.frontDoor.requestSync({ ...of, trigger: "page", by: "customer" });
  } catch (err) {
    deps.log.warn({ err, connectionId: of.connectionId }, "a page's ring failed");
  }
}
