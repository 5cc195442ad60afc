import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderDiscord } from "../../notifiers/discord.ts";
import { renderEmail } from "../../notifiers/email.ts";
import { renderSlack } from "../../notifiers/slack.ts";
import { cut, inert, oneLine } from "../../notifiers/text.ts";
import { renderWebhook } from "../../notifiers/webhook.ts";
import { messages } from "./messages.ts";

const points = (text: string) => Array.from(text).length;
const runs = { numRuns: 150 };
/** Every text in a body, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
// eslint-disable-next-line no-control-regex
const unfit = /[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;

describe("whatever a message holds", () => {
  it("Slack's limits are kept, and nothing in it is a command or a mention", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const { text, blocks } = renderSlack(message);
        expect(points(text)).toBeLessThanOrEqual(4_000);
        expect(blocks.length).toBeLessThanOrEqual(50);
        for (const block of blocks) {
          const inside = "text" in block ? [block.text] : block.elements;
          for (const part of inside ?? []) {
            expect(points(part.text)).toBeLessThanOrEqual(block.type === "header" ? 150 : 3_000);
            expect(part.text).not.toBe("");
            if (part.type === "mrkdwn") expect(part).toHaveProperty("verbatim", true);
          }
        }
        for (const one of textsIn({ text, blocks })) {
          expect(one).not.toMatch(/[<>]/);
          expect(one).not.toMatch(/&(?!amp;|lt;|gt;)/);
          expect(one).not.toMatch(unfit);
          expect(one).not.toMatch(/[\ud800-\udfff]/u);
        }
      }),
      runs,
    );
  });

  it("Discord's limits are kept, and nobody is mentioned", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const body = renderDiscord(message);
        const [embed] = body.embeds;
        expect(points(body.content)).toBeLessThanOrEqual(2_000);
        expect(points(embed?.title ?? "")).toBeLessThanOrEqual(256);
        expect(points(embed?.description ?? "")).toBeLessThanOrEqual(4_096);
        expect(points(embed?.footer.text ?? "")).toBeLessThanOrEqual(2_048);
        const all = [embed?.title, embed?.description, embed?.footer.text].join("");
        expect(points(all)).toBeLessThanOrEqual(6_000);
        expect(body.allowed_mentions).toEqual({ parse: [] });
        expect(body.username).not.toMatch(/clyde|discord/i);
        for (const one of textsIn(body)) expect(one).not.toMatch(unfit);
      }),
      runs,
    );
  });

  it("a mail's subject is one line, and its id is that of every repeat", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const mail = renderEmail(message, "Syncline <noreply@example.test>");
        expect(mail.subject).not.toMatch(/[\r\n]/);
        expect(points(mail.subject)).toBeLessThanOrEqual(200);
        expect(mail.messageId).toBe(`<notice-${message.id}@example.test>`);
        expect(renderEmail(message, "noreply@example.test").messageId).toBe(mail.messageId);
        expect(mail.headers).toEqual({ "Auto-Submitted": "auto-generated" });
        expect(mail.text).not.toMatch(unfit);
      }),
      runs,
    );
  });

  it("a webhook gets JSON of what the message holds, and nothing else", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const body = renderWebhook(message);
        expect(JSON.parse(JSON.stringify(body))).toEqual(body);
        expect(Object.keys(body).toSorted()).toEqual(["data", "timestamp", "type"]);
        expect(body.data.notices).toHaveLength(message.notices.length);
        for (const one of textsIn(body)) expect(one).not.toMatch(unfit);
      }),
      runs,
    );
  });
});

describe("cutting", () => {
  const escape = (point: string) => (point === "&" ? "&amp;" : point);
  it("keeps the limit by code points, cuts no escape in two, and leaves alone what fits", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("&", "a", "😀"), maxLength: 60 }),
        fc.integer({ min: 1, max: 80 }),
        (text, most) => {
          const whole = Array.from(text).map(escape).join("");
          const found = cut(text, most, escape);
          expect(points(found)).toBeLessThanOrEqual(most);
          if (points(whole) <= most) expect(found).toBe(whole);
          else {
            expect(found.endsWith("…")).toBe(true);
            expect(whole.startsWith(found.slice(0, -1))).toBe(true);
            expect(found).not.toMatch(/&(?!amp;)/);
          }
        },
      ),
    );
  });

  it("what a reader would not see is gone, and line breaks are one kind", () => {
    expect(inert("a\0b\u202ec\r\nd\u2066e\ufefff\ud800g")).toBe("abc\ndef\ufffdg");
    expect(oneLine(" a\r\n\tb  c ")).toBe("a b c");
  });
});
