import { setTimeout as sleep } from "node:timers/promises";
import { readSession, type Session } from "../db/sessions.ts";
import type { Deps } from "./deps.ts";

const lookAgainMs = 5_000;

/**
 * A session once it has ended. Null where it has not within `mostMs`, is gone, or the process is told
 * to end.
 */
export async function whenEnded(
  deps: Pick<Deps, "listener" | "database" | "accepting">,
  { companyId, sessionId }: { companyId: string; sessionId: string },
  mostMs: number,
): Promise<Session | null> {
  const deadline = performance.now() + mostMs;
  let wake = () => {};
  const unhear = deps.listener.on("syncline_session", sessionId, () => wake());
  try {
    while (deps.accepting() && performance.now() < deadline) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const session = await deps.database.withCompany(companyId, (tx) =>
        readSession(tx, sessionId),
      );
      if (!session || isOver(session)) return session;
      await Promise.race([woken, sleep(lookAgainMs, undefined, { ref: false })]);
    }
    return null;
  } finally {
    unhear();
  }
}

export const isOver = ({ status }: Session): boolean =>
  status === "completed" || status === "error";

export interface FiveNumbers {
  created: number;
  updated: number;
  deleted: number;
  unchanged: number;
  failed: number;
}

/** What a session did, on both sides together. */
export function fiveNumbers(of: Session): FiveNumbers {
  return {
    created: of.localCreated + of.remoteCreated,
    updated: of.localUpdated + of.remoteUpdated,
    deleted: of.localDeleted + of.remoteDeleted,
    unchanged: of.localUnchanged + of.remoteUnchanged,
    failed: of.localFailed + of.remoteFailed,
  };
}
