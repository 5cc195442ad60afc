import { failed } from "./check-body.ts";
import { newId } from "./ids.ts";
import type { Actor, Block } from "./objects.ts";
import { readRichText } from "./rich-text.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

const WITH_TEXT = new Set([
  "paragraph",
  "heading_1",
  "heading_2",
  "heading_3",
  "bulleted_list_item",
  "numbered_list_item",
  "to_do",
  "quote",
  "callout",
  "toggle",
  "code",
]);

/** The blocks of a request as a page keeps them. */
export function keptBlocks(children: readonly object[], actor: Actor, at: number): Block[] {
  return children.map((child, index) => {
    const body = child as JsonObject;
    const path = `body.children[${index}]`;
    const type = Object.keys(body).find((key) => key !== "object" && key !== "type");
    if (type === undefined) throw failed(path, "a block with content", body);
    const content = body[type];
    if (!isObject(content)) throw failed(`${path}.${type}`, "an object", content);
    return {
      id: newId(),
      type,
      content: keptContent(type, content, path),
      createdAt: at,
      createdBy: actor.id,
    };
  });
}

function keptContent(type: string, content: JsonObject, path: string): JsonObject {
  if (!WITH_TEXT.has(type)) return content;
  const runs = readRichText(content["rich_text"], `${path}.${type}.rich_text`);
  return { color: "default", ...content, rich_text: runs };
}

export function blockView(
  block: Block,
  pageId: string,
  shownTime: (at: number) => string,
): JsonObject {
  const { id, type, content, createdAt, createdBy } = block;
  const by: Json = { object: "user", id: createdBy };
  return {
    object: "block",
    id,
    parent: { type: "page_id", page_id: pageId },
    created_time: shownTime(createdAt),
    last_edited_time: shownTime(createdAt),
    created_by: by,
    last_edited_by: by,
    has_children: false,
    in_trash: false,
    archived: false,
    type,
    [type]: content,
  };
}
