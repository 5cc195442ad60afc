import { z } from "zod";
import { findSlackTeam, type SlackSeat, takeSlackRequest } from "../db/slack.ts";
import { sha256 } from "../db/secrets.ts";
import type { Deps } from "./deps.ts";
import { authorise } from "./access.ts";
import { toProblem } from "./failures.ts";
import { codes, Problem } from "./problems.ts";
import { rawBody } from "./raw-body.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";
import { conflicts, now, pause, type Said, type SlackCall, status } from "./slack-acts.ts";
import { followMs, type Later, laterAnswers } from "./slack-answer.ts";
import { isSslCheck, readCommand, type SlackCommand } from "./slack-command.ts";
import { follow } from "./slack-follow.ts";
import { signedDigest } from "./slack-signature.ts";
import { help, slackText, type SlackText } from "./slack-text.ts";

const path = "/api/slack/commands";
const longest = 102_400;
/** Slack gives up after three seconds. */
const patienceMs = 2_000;
const answer = z
  .object({ response_type: z.literal("ephemeral"), text: z.string() })
  .meta({ id: "SlackAnswer" });

const common = {
  path,
  role: "public",
  limited: false,
  tag: "slack",
  query: z.looseObject({}),
} as const;

export const slackCommandRoutes: Route[] = [
  route({
    ...common,
    method: "post",
    summary: "The command /sync in Slack",
    description:
      "A form, signed by Slack with SLACK_SIGNING_SECRET: `status`, `now NAME`, `pause NAME`, `conflicts` or `help`. It is answered within three seconds, in Slack's own shape; what takes longer follows at its `response_url`. A signed request is taken once.",
    answers: { 200: { description: "What whoever typed it is shown", schema: answer } },
    refuses: [401, 404, 413],
    handle: hear,
  }),
  route({
    ...common,
    method: "get",
    summary: "Alive, as Slack asks now and then (ssl_check)",
    answers: { 200: { description: "Alive" } },
    handle: async () => ({ status: 200 }),
  }),
];

async function hear(deps: Deps, call: Call<unknown, unknown, unknown>): Promise<Answer> {
  const began = performance.now();
  const secret = deps.config.SLACK_SIGNING_SECRET;
  if (secret === undefined)
    throw new Problem("not_found", "Slack is not set up here: there is no SLACK_SIGNING_SECRET.");
  const raw = await rawBody(call.req, longest);
  if (raw === null) throw new Problem("too_large", "The body is larger than 100 KB.");
  const headers = call.req.headersDistinct;
  const digest = signedDigest({
    secret,
    raw,
    timestamp: headers["x-slack-request-timestamp"],
    signature: headers["x-slack-signature"],
    now: deps.now(),
  });
  if (isSslCheck(raw)) return { status: 200 };
  if (digest === null) throw refused("This message is not signed as it must be.");
  const command = readCommand(raw);
  if (command === null) return ok(slackText(["This is no command of Slack's."]));
  const later = laterAnswers(deps, command.responseUrl);
  const work = answered(deps, command, digest.toString("hex"), later);
  return inTime(deps, { work, later, leftMs: patienceMs - (performance.now() - began) });
}

const refused = (why: string): Problem => new Problem("bad_signature", why);

interface Racing {
  work: Promise<SlackText>;
  later: Later;
  leftMs: number;
}

/** The answer, or at once that it is on its way: then it follows. */
async function inTime(deps: Deps, { work, later, leftMs }: Racing): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), leftMs);
  });
  const first = await Promise.race([work, late]).finally(() => clearTimeout(timer));
  if (first !== null) return ok(first);
  work.then(later, (err: unknown) =>
    deps.log.warn({ err }, "a command of Slack's was refused late"),
  );
  return ok(slackText(["On it; the answer follows."]));
}

/** @throws Problem 401 for a request that was taken before; everything else becomes words */
async function answered(
  deps: Deps,
  command: SlackCommand,
  digest: string,
  later: Later,
): Promise<SlackText> {
  try {
    const seat = await deps.database.acrossCompanies((tx) => findSlackTeam(tx, command.teamId));
    if (seat === null) return slackText(unknownTeam(command.teamId));
    const { companyId } = seat;
    const isFirst = await deps.database.withCompany(companyId, (tx) =>
      takeSlackRequest(tx, { companyId, hash: sha256(digest) }),
    );
    if (!isFirst) throw refused("This message was taken before.");
    const said = await carriedOut(deps, command, seat);
    if (said.sessionId !== undefined) follow(deps, { companyId, sessionId: said.sessionId }, later);
    return slackText(said.lines);
  } catch (error) {
    const problem = toProblem(error);
    if (problem.code === "bad_signature") throw problem;
    if (problem.status >= 500)
      deps.log.error({ err: problem.cause ?? problem }, "a command failed");
    const [, title, action] = codes[problem.code];
    return slackText([`${title}: ${problem.message}`, action]);
  }
}

const unknownTeam = (teamId: string): string[] => [
  `This workspace (${teamId}) is not connected with Syncline. An admin connects it: PUT /api/slack/teams/${teamId}`,
];

async function carriedOut(
  deps: Deps,
  { userId, verb, rest }: SlackCommand,
  { companyId, role, userIds }: SlackSeat,
): Promise<Said> {
  if (userIds !== null && !userIds.includes(userId))
    return { lines: ["You are not among those who may use this command here."] };
  const caller = { id: "", companyId, name: `slack:${userId}`, role };
  const call: SlackCall = { caller, gone: AbortSignal.timeout(followMs) };
  switch (verb) {
    case "status":
      return status(deps, call, rest);
    case "now":
      return now(deps, call, rest);
    case "conflicts":
      return conflicts(deps, call, rest);
    case "pause":
      authorise(caller, "admin");
      return pause(deps, call, rest);
    case "help":
    case "":
      return { lines: help };
    default:
      return { lines: [`"${verb}" is not known.`, ...help] };
  }
}
