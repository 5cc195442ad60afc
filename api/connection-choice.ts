import { z } from "zod";
import type { Tx } from "../db/client.ts";
import { type Connection, findTwin, lockChoice } from "../db/connections.ts";
import { closesCircle, takeOverLinks } from "../db/hub.ts";
import { markAll } from "../db/writes.ts";
import type { KeyHolder } from "../db/api-keys.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";

/** What a person may choose about a connection. */
export const choice = {
  direction: z.enum(["both", "in", "out"]),
  policy: z.enum(["newest", "ours", "theirs", "owner", "ask"]),
  firstSync: z.enum(["run", "preview"]),
  pollIntervalMs: z.int().min(100).max(604_800_000),
  freshnessTargetMs: z
    .int()
    .min(1_000)
    .max(31 * 24 * 3_600_000),
};

/** Connections of a company to one provider choose one after another, until the transaction ends. */
export function chooseInTurn(tx: Tx, of: { companyId: string; provider: string }): Promise<void> {
  return lockChoice(tx, `connect ${of.companyId} ${of.provider}`);
}

/** @throws Problem when another connection of the company syncs the same remote calendar, or reads the same */
export async function refuseTwin(
  tx: Tx,
  of: {
    companyId: string;
    provider: string;
    settings: Record<string, string>;
    account: string | null;
    exceptId: string;
  },
): Promise<void> {
  await chooseInTurn(tx, of);
  const twin = await findTwin(tx, of);
  if (!twin) return;
  if (twin.calendarId === null)
    throw new Problem(
      "already_connected",
      `Connection ${twin.id} already reads this; a second one would keep every record twice.`,
    );
  throw new Problem(
    "already_connected",
    `Connection ${twin.id} already syncs this remote calendar (with calendar ${twin.calendarId}); a second one would make every event twice.`,
  );
}

/**
 * Asked once the connection is stored as it shall be: what is refused is rolled back.
 * @throws Problem when events would go round in a circle
 */
async function refuseCircle(tx: Tx, connectionId: string): Promise<void> {
  await lockChoice(tx, "circles");
  if (!(await closesCircle(tx, connectionId))) return;
  throw new Problem(
    "circular",
    "Other connections bring what goes out of this remote calendar back into this calendar, or the other way round: every event would be copied again and again. Connect it in one direction, or leave one of the connections out.",
  );
}

export function isActive(connection: Connection): boolean {
  const { enabled, grantState, disconnectedAt, settings } = connection;
  return (
    enabled && grantState === "ok" && disconnectedAt === null && Object.keys(settings).length > 0
  );
}

/**
 * Puts a connection to work: it is rung, and where it has not been told of them yet (`isNews`) all our
 * events are marked for it; later ones are marked by trigger, also while it is paused. Answers what is
 * due once the transaction is committed.
 */
export async function setToWork(
  deps: Deps,
  tx: Tx,
  connection: Connection,
  caller: Pick<KeyHolder, "name">,
  isNews: boolean,
): Promise<() => void> {
  if (!isActive({ ...connection, enabled: true })) return () => {};
  if (isNews) {
    await takeOverLinks(tx, connection.id);
    await markAll(tx, connection.id);
  }
  if (!connection.enabled) return () => {};
  await refuseCircle(tx, connection.id);
  const { companyId, id: connectionId } = connection;
  const { signal } = await deps.frontDoor.ringIn(tx, {
    companyId,
    connectionId,
    trigger: "manual",
    by: caller.name,
  });
  return () => {
    if (signal) deps.frontDoor.signal({ companyId, connectionId });
  };
}
