import type { Connected } from "./connected.ts";
import type { Fault } from "./google.ts";
import type { Stack } from "./stack.ts";

/** A whole day, for events whose time does not matter. */
export const day = { start: { date: "2026-12-01" }, end: { date: "2026-12-02" } };

/** A fault that strikes the calendar of one connection only. */
export const strike = (stack: Stack, team: Connected, { match = {}, ...rule }: Partial<Fault>) =>
  stack.google.fault({
    match: { path: encodeURIComponent(team.googleCalendar), ...match },
    ...rule,
  });

/** What anybody with a database client writes. */
export const insert = (stack: Stack, team: Connected, title: string) =>
  stack.psql(
    `insert into events (company_id, calendar_id, title, start_at, end_at)
     values ($1, $2, $3, '2026-12-02 10:00', '2026-12-02 11:00')`,
    [team.companyId, team.calendarId, title],
  );

/** The requests that concerned the calendar of one connection. */
export const requestsFor = async (stack: Stack, team: Connected, since = 0) =>
  (await stack.google.requests(since)).filter(({ path }) =>
    path.includes(encodeURIComponent(team.googleCalendar)),
  );

/** A connection that is in step, with so many events. */
export async function inStep(stack: Stack, count = 5, companyId?: string): Promise<Connected> {
  const team = await stack.connect({ ...(companyId !== undefined && { companyId }) });
  await stack.google.bulk(team.googleCalendar, { count });
  const { status, local_created: created } = await team.sync();
  if (status !== "completed" || created !== count)
    throw new Error(`${created} of ${count} events arrived`);
  return team;
}
