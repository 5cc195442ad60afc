import { footerOf, lineOf, type Message, type Severity } from "./message.ts";
import { cut, inert, oneLine } from "./text.ts";

const colors: Record<Severity, number> = { info: 3_066_993, warn: 15_844_367, error: 15_158_332 };

/** What Discord reads as formatting; mentions are switched off altogether. */
const escape = (point: string): string => (/[\\*_~`|<>[\]#]/.test(point) ? `\\${point}` : point);

/** The body for a webhook; all texts of the embed together stay under 6,000. */
export function renderDiscord(message: Message) {
  const title = cut(oneLine(message.title), 256, escape);
  const lines = message.notices.map((notice) =>
    message.notices.length === 1 ? lineOf(notice) : `- ${lineOf(notice)}`,
  );
  const more = message.more > 0 ? [`and ${message.more} more`] : [];
  return {
    content: title,
    username: "Syncline",
    embeds: [
      {
        title,
        description: cut(inert([...lines, ...more].join("\n")), 4_096, escape),
        color: colors[message.severity],
        timestamp: message.at,
        footer: { text: cut(footerOf(message), 1_000) },
      },
    ],
    allowed_mentions: { parse: [] },
  };
}
