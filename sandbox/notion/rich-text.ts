import * as z from "zod";
import { checked } from "./check-body.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

/** A run of text as answers show it. */
export type RichText = JsonObject & { plain_text: string };

const MOST_ITEMS = 100;
const url = z.string().max(2000);
const annotations = z.strictObject({
  bold: z.boolean().optional(),
  italic: z.boolean().optional(),
  strikethrough: z.boolean().optional(),
  underline: z.boolean().optional(),
  code: z.boolean().optional(),
  color: z.string().optional(),
});
const common = {
  annotations: annotations.optional(),
  plain_text: z.string().optional(),
  href: z.string().nullish(),
};
const textItem = z.strictObject({
  type: z.literal("text").optional(),
  text: z.strictObject({
    content: z.string().max(2000),
    link: z.strictObject({ url, type: z.literal("url").optional() }).nullish(),
  }),
  ...common,
});
const mentionItem = z.strictObject({
  type: z.literal("mention").optional(),
  mention: z.looseObject({}),
  ...common,
});
const equationItem = z.strictObject({
  type: z.literal("equation").optional(),
  equation: z.strictObject({ expression: z.string().max(1000) }),
  ...common,
});

/** The runs of a request as they are kept and shown. */
export function readRichText(raw: unknown, path: string): RichText[] {
  const items = checked(z.array(z.looseObject({})).max(MOST_ITEMS), raw, path);
  return items.map((item, at) => readItem(item, `${path}[${at}]`));
}

function readItem(item: object, path: string): RichText {
  if ("mention" in item) {
    const { mention, annotations: style } = checked(mentionItem, item, path);
    return shown("mention", mention as Json, mentionText(mention), style, null);
  }
  if ("equation" in item) {
    const { equation, annotations: style } = checked(equationItem, item, path);
    return shown("equation", equation, equation.expression, style, null);
  }
  const { text, annotations: style } = checked(textItem, item, path);
  const link = text.link ?? null;
  const kept = { content: text.content, link: link === null ? null : { url: link.url } };
  return shown("text", kept, text.content, style, link?.url ?? null);
}

function shown(
  type: string,
  value: Json,
  plain: string,
  style: z.infer<typeof annotations> | undefined,
  href: string | null,
): RichText {
  const plainStyle = {
    bold: false,
    italic: false,
    strikethrough: false,
    underline: false,
    code: false,
    color: "default",
  };
  const full = Object.assign(plainStyle, style);
  return { type, [type]: value, annotations: full, plain_text: plain, href };
}

/** What a mention reads as where only text can be shown. */
function mentionText(mention: Record<string, unknown>): string {
  const { date, user } = mention;
  if (isObject(date))
    return [date["start"], date["end"]].filter((one) => typeof one === "string").join(" → ");
  if (isObject(user)) return "@Anonymous";
  return "Untitled";
}

export function plainText(items: readonly Json[]): string {
  return items.map((item) => (isObject(item) ? String(item["plain_text"] ?? "") : "")).join("");
}

/** Text as a person types it: one run without any style. */
export function textRuns(text: string): RichText[] {
  return text === "" ? [] : readRichText([{ text: { content: text } }], "text");
}
