import { footerOf, lineOf, type Message } from "./message.ts";
import { cut, inert, oneLine } from "./text.ts";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Else a name could hold `<!channel>`. */
export const escapePoint = (point: string): string => escapes[point] ?? point;

/** Besides these, a message has a header and a footer: fifty blocks is the most. */
const mostSections = 40;

const plain = (text: string, most: number) => ({
  type: "plain_text",
  text: cut(oneLine(text), most, escapePoint) || "…",
  emoji: false,
});
const mrkdwn = (text: string, most: number) => ({
  type: "mrkdwn",
  // Slack refuses a block without a text.
  text: cut(inert(text), most, escapePoint) || "…",
  // Addresses and names of channels in it stay text.
  verbatim: true,
});

/** The body for an incoming webhook. `text` is what notifications and readers of screens show. */
export function renderSlack(message: Message) {
  const shown = message.notices.slice(0, mostSections);
  const left = message.notices.length - shown.length + message.more;
  const lines = [message.title, ...shown.map(lineOf)].join("\n");
  return {
    text: cut(inert(lines), 4_000, escapePoint),
    blocks: [
      { type: "header", text: plain(message.title, 150) },
      ...shown.map((notice) => ({ type: "section", text: mrkdwn(lineOf(notice), 3_000) })),
      ...(left > 0 ? [{ type: "section", text: mrkdwn(`and ${left} more`, 3_000) }] : []),
      { type: "context", elements: [mrkdwn(footerOf(message), 2_000)] },
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}
