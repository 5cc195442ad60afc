import { asObject, isObject, type JsonObject } from "../json.ts";
import { codePoints } from "./answer.ts";

const MOST_BLOCKS = 50;
const KNOWN = new Set(["context", "divider", "image", "markdown", "rich_text", "table", "video"]);

const CHECKS: Record<string, (block: JsonObject) => boolean> = {
  header: ({ text }) => isText(text, 150, ["plain_text"]),
  section: isSection,
  actions: ({ elements }) =>
    Array.isArray(elements) &&
    elements.length > 0 &&
    elements.length <= 25 &&
    elements.every((element) => isElement(asObject(element))),
};

/** Whether Slack would take these blocks: the limits of section 1. */
export function areBlocks(blocks: unknown): boolean {
  return (
    Array.isArray(blocks) &&
    blocks.length <= MOST_BLOCKS &&
    blocks.every((block) => isObject(block) && isBlock(block))
  );
}

function isBlock(block: JsonObject): boolean {
  if (!isWithin(block["block_id"], 255)) return false;
  const type = String(block["type"]);
  return CHECKS[type]?.(block) ?? KNOWN.has(type);
}

function isSection({ text, fields }: JsonObject): boolean {
  if (text === undefined && fields === undefined) return false;
  if (text !== undefined && !isText(text, 3000)) return false;
  if (fields === undefined) return true;
  return (
    Array.isArray(fields) && fields.length <= 10 && fields.every((field) => isText(field, 2000))
  );
}

/** Of what may stand among actions only buttons are looked at closely. */
function isElement(element: JsonObject): boolean {
  const { type, text, value, url, action_id: actionId } = element;
  if (typeof type !== "string" || !isWithin(actionId, 255)) return false;
  if (type !== "button") return true;
  return isText(text, 75, ["plain_text"]) && isWithin(value, 2000) && isWithin(url, 3000);
}

function isText(value: unknown, most: number, types = ["plain_text", "mrkdwn"]): boolean {
  const { type, text } = asObject(value);
  return types.includes(String(type)) && text !== "" && isWithin(text ?? null, most);
}

/** A text that is not too long, or none. */
function isWithin(value: unknown, most: number): boolean {
  return value === undefined || (typeof value === "string" && codePoints(value) <= most);
}
