import { z } from "zod";
import { deleteSlackTeam, listSlackTeams, putSlackTeam, type SlackTeam } from "../db/slack.ts";
import { listed } from "./listed.ts";
import { cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, Problem } from "./problems.ts";
import { ok, type Route, route } from "./route.ts";

const slackId = z.string().regex(/^[\w-]{1,64}$/, "is not an id of Slack's");
const params = z.strictObject({ teamId: slackId });
const role = z.enum(["member", "admin"]).meta({
  description: "What the workspace's people may do: a member asks and syncs, an admin also pauses",
});
const shape = z
  .object({
    teamId: z.string(),
    role,
    userIds: z.array(z.string()).nullable(),
    madeBy: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "SlackTeam" });
const body = z
  .strictObject({
    role,
    userIds: z.array(slackId).min(1).max(500).nullable().default(null).meta({
      description: "Slack's ids of those who may use the command; everybody there, if absent",
    }),
  })
  .meta({ id: "SlackTeamChoice" });

const common = { role: "admin", tag: "slack" } as const;
const byTeam = z.strictObject({ teamId: slackId });

export const slackTeamRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/slack/teams",
    summary: "Slack workspaces that speak for the company",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Workspaces", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const after = readCursor(cursor, byTeam)?.teamId;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listSlackTeams(tx, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, ({ teamId }) => ({ teamId }));
      return listed(call, { ...page, items: page.items.map(toAnswer) });
    },
  }),
  route({
    ...common,
    method: "put",
    path: "/api/slack/teams/:teamId",
    summary: "Connects a Slack workspace with the company, or changes what it may do",
    params,
    body,
    answers: { 200: { description: "The workspace", schema: shape } },
    handle: async (deps, call) => {
      const { companyId, name: madeBy } = call.caller;
      const team = { ...call.params, ...call.body, companyId, madeBy };
      const made = await deps.database.withCompany(companyId, (tx) => putSlackTeam(tx, team));
      if (!made) throw new Problem("conflict", "This workspace speaks for another company.");
      return ok(toAnswer(made));
    },
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/slack/teams/:teamId",
    summary: "Disconnects a Slack workspace, at once",
    params,
    answers: { 204: { description: "It is disconnected" } },
    handle: async (deps, call) => {
      const { companyId } = call.caller;
      const { teamId } = call.params;
      const gone = await deps.database.withCompany(companyId, (tx) => deleteSlackTeam(tx, teamId));
      if (!gone) throw notFound();
      return { status: 204 };
    },
  }),
];

function toAnswer(team: SlackTeam): z.output<typeof shape> {
  const { teamId, role: may, userIds, madeBy, createdAt, updatedAt } = team;
  return {
    teamId,
    role: may,
    userIds,
    madeBy,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
