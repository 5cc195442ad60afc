import { escapePoint } from "../notifiers/slack.ts";
import { cut, inert } from "../notifiers/text.ts";

/** What only whoever typed the command sees. */
export interface SlackText {
  response_type: "ephemeral";
  text: string;
}

/** Keeps clear of where Slack cuts texts by itself. */
const most = 3_800;

/** Lines as Slack shows them: what others have named cannot mention anybody, nor become a link. */
export function slackText(lines: readonly string[]): SlackText {
  return { response_type: "ephemeral", text: cut(inert(lines.join("\n")), most, escapePoint) };
}

/** A list that stays readable: the first ones, and how many are left. */
export function listed(lines: readonly string[], shown: number): string[] {
  const left = lines.length - shown;
  return [
    ...lines.slice(0, shown).map((line) => `• ${line}`),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

export const help = [
  "/sync status [NAME]: how the connections stand",
  "/sync now NAME: syncs one now",
  "/sync pause NAME [REASON]: pauses one, until somebody resumes it",
  "/sync conflicts [NAME]: what both sides have changed, and nobody has decided",
  "/sync help: this",
  "NAME is a calendar's name, a shop's, a provider, or how an id begins.",
];
