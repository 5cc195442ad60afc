import { z } from "zod";

const slackId = z.string().regex(/^[A-Za-z0-9]{1,64}$/);

const form = z.looseObject({
  team_id: slackId,
  user_id: slackId,
  text: z.string().max(4_000).default(""),
  response_url: z.string().max(2_000).optional(),
});

/** What somebody typed after `/sync`, and where. */
export interface SlackCommand {
  teamId: string;
  userId: string;
  verb: string;
  rest: string;
  responseUrl: string | null;
}

/** A command's form, whose signature has been checked. Null where it is none. */
export function readCommand(raw: Buffer): SlackCommand | null {
  const fields = Object.fromEntries(new URLSearchParams(raw.toString("utf8")));
  const { success, data } = form.safeParse(fields);
  if (!success) return null;
  const { team_id: teamId, user_id: userId, text, response_url: responseUrl = null } = data;
  const [, verb = "", rest = ""] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(unescaped(text)) ?? [];
  return { teamId, userId, verb: verb.toLowerCase(), rest, responseUrl };
}

/** Slack asks now and then whether the address is alive, unsigned; nothing is done for it. */
export function isSslCheck(raw: Buffer): boolean {
  return new URLSearchParams(raw.toString("utf8")).get("ssl_check") === "1";
}

/** Slack writes these three as it wants them back. */
const unescaped = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
