import { asc, eq, gt, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { slackTeams } from "./schema/slack.ts";

export type SlackTeam = typeof slackTeams.$inferSelect;

/** What a workspace's people may do, and whose connections they do it to. */
export interface SlackSeat {
  companyId: string;
  role: "member" | "admin";
  /** Null for everybody in the workspace. */
  userIds: string[] | null;
}

/** Looks across companies: the workspace of a signed command says whose it is. */
export async function findSlackTeam(tx: Tx, teamId: string): Promise<SlackSeat | null> {
  const [found] = await rows<SlackSeat>(
    tx,
    sql`select company_id as "companyId", role, user_ids as "userIds" from find_slack_team(${teamId})`,
  );
  return found ?? null;
}

/** Gives a workspace to this company, or changes what it may do. Null where it is another company's. */
export async function putSlackTeam(
  tx: Tx,
  team: Pick<SlackTeam, "teamId" | "companyId" | "role" | "userIds" | "madeBy">,
): Promise<SlackTeam | null> {
  const { role, userIds, madeBy } = team;
  const own = await tx
    .update(slackTeams)
    .set({ role, userIds, madeBy, updatedAt: sql`now()` })
    .where(eq(slackTeams.teamId, team.teamId))
    .returning();
  // What another company holds is not seen here, and is in the way all the same.
  const [row] =
    own.length > 0
      ? own
      : await tx.insert(slackTeams).values(team).onConflictDoNothing().returning();
  return row ?? null;
}

export function listSlackTeams(
  tx: Tx,
  page: { after: string | undefined; limit: number },
): Promise<SlackTeam[]> {
  return tx
    .select()
    .from(slackTeams)
    .where(page.after === undefined ? undefined : gt(slackTeams.teamId, page.after))
    .orderBy(asc(slackTeams.teamId))
    .limit(page.limit);
}

/** From now on its commands are answered as an unknown workspace's are. False where there is none. */
export async function deleteSlackTeam(tx: Tx, teamId: string): Promise<boolean> {
  const gone = await tx
    .delete(slackTeams)
    .where(eq(slackTeams.teamId, teamId))
    .returning({ id: slackTeams.teamId });
  return gone.length > 0;
}

/**
 * Takes a signed request, once for all processes: false where it was taken before. A signature may be
 * dated five minutes ahead and is good for five after that, so that ten minutes have to be remembered.
 */
export async function takeSlackRequest(
  tx: Tx,
  { companyId, hash }: { companyId: string; hash: Buffer },
): Promise<boolean> {
  await tx.execute(sql`delete from slack_requests where taken_at < now() - interval '11 minutes'`);
  const taken = await rows(
    tx,
    sql`insert into slack_requests (hash, company_id) values (${hash}, ${companyId})
        on conflict do nothing returning 1`,
  );
  return taken.length > 0;
}
