import type { Connected } from "./connected.ts";
import type { ownerOf } from "./http.ts";
import type { Stack } from "./stack.ts";

type Owner = Awaited<ReturnType<typeof ownerOf>>;

interface Line {
  state: string;
  side: string;
  action: string;
  reason: string | null;
}

/** How an undo ended: what it left and why, and how many items were made anew. */
export interface Undone {
  sessionId: string;
  left: string[];
  anew: number;
}

/** What people do and see who take sessions back, through the API. */
export function undoing(stack: Stack, owner: Owner) {
  const plan = async (_: Connected, sessionId: string): Promise<string> => {
    const { status, body } = await owner.call<{ id: string }>(
      "POST",
      `/sessions/${sessionId}/undo`,
    );
    if (status !== 201) throw new Error(`no undo: ${JSON.stringify(body)}`);
    return body.id;
  };
  const linesOf = async (planId: string): Promise<Line[]> => {
    const { body } = await owner.call<{ data: Line[] }>("GET", `/plans/${planId}/items?limit=200`);
    return body.data;
  };
  const apply = async (team: Connected, planId: string): Promise<Undone> => {
    const { status, body } = await owner.call<{ session: { id: string } }>(
      "POST",
      `/plans/${planId}/apply`,
    );
    if (status !== 202) throw new Error(`not applied: ${JSON.stringify(body)}`);
    await applied(team, body.session.id);
    const lines = await linesOf(planId);
    return {
      sessionId: body.session.id,
      left: lines
        .filter(({ state }) => state === "left")
        .map(({ side, action, reason }) => `${side} ${action}: ${reason}`)
        .toSorted(),
      anew: lines.filter(({ state, reason }) => state === "done" && reason !== null).length,
    };
  };
  const applied = async (team: Connected, sessionId: string): Promise<void> => {
    const ended = await team.ended(sessionId, 60_000);
    if (ended.status !== "completed") throw new Error(`the undo ended with ${ended.error}`);
    await team.quiescent();
  };
  const rows = (team: Connected) =>
    stack.psql<{ id: string; title: string }>(
      `select id, title, description, location, status, start_at::text, end_at::text, recurrence, master_id, original_start
       from events where calendar_id = $1 and deleted_at is null order by id`,
      [team.calendarId],
    );
  const there = async (team: Connected) =>
    (await stack.google.living(team.googleCalendar)).map(({ summary = "" }) => summary).toSorted();
  return {
    plan,
    apply,
    undo: async (team: Connected, sessionId: string) => apply(team, await plan(team, sessionId)),
    rows,
    here: async (team: Connected) => (await rows(team)).map(({ title }) => title).toSorted(),
    there,
    insert: (team: Connected, title: string) =>
      stack.psql(
        `insert into events (company_id, calendar_id, title, all_day, start_at, end_at)
         values ($1, $2, $3, true, '2026-12-01', '2026-12-02')`,
        [team.companyId, team.calendarId, title],
      ),
    /** People edit while nothing is synced; answers the one session that then syncs it. */
    whilePaused: async (team: Connected, edit: () => Promise<unknown>): Promise<string> => {
      const enable = (enabled: boolean) =>
        stack.psql("update connections set enabled = $2 where id = $1", [
          team.connectionId,
          enabled,
        ]);
      await enable(false);
      await edit();
      await enable(true);
      const { id } = await team.sync();
      await team.quiescent();
      // The queue rings as well: a session of its own may have been the quicker one.
      const [wrote] = await stack.psql<{ id: string }>(
        `select id from sync_sessions where connection_id = $1 and kind = 'sync'
           and local_created + local_updated + local_deleted + remote_created + remote_updated + remote_deleted > 0
         order by completed_at desc limit 1`,
        [team.connectionId],
      );
      return wrote?.id ?? id;
    },
    /** Three further sessions write nothing on either side (I2). */
    atRest: async (team: Connected): Promise<void> => {
      const now = async () => ({
        here: await stack.psql(
          "select id, version, deleted_at from events where calendar_id = $1 order by id",
          [team.calendarId],
        ),
        there: (await stack.google.dump(team.googleCalendar)).map(({ id, etag }) => [id, etag]),
      });
      const before = await now();
      for (let pass = 0; pass < 3; pass += 1) {
        const { status } = await team.sync();
        if (status !== "completed") throw new Error(`a session ended with ${status}`);
        await team.quiescent();
      }
      const after = await now();
      if (JSON.stringify(after) !== JSON.stringify(before))
        throw new Error(`something was written: ${JSON.stringify({ before, after })}`);
    },
  };
}
