import { asObject, type Json, type JsonObject } from "../json.ts";
import { codePoints } from "./answer.ts";

/** A complaint about one member of a message. */
interface Problem {
  readonly path: readonly (string | number)[];
  readonly code: string;
  readonly message: string;
}

const MOST_EMBEDS = 10;
const MOST_FIELDS = 25;
const MOST_TEXT = 6000;

/** Everything in a message that breaks a limit of section 3. */
export function discordProblems(message: JsonObject): Problem[] {
  const { content, username, embeds = [] } = message;
  const problems = [...length(["content"], content, 2000), ...nameProblems(username)];
  if (!Array.isArray(embeds)) return [...problems, wrongType(["embeds"], "a list")];
  if (embeds.length > MOST_EMBEDS) problems.push(tooLong(["embeds"], MOST_EMBEDS));
  const all = embeds.reduce<number>((sum, embed) => sum + textOf(asObject(embed)), 0);
  if (all > MOST_TEXT)
    problems.push({
      path: ["embeds"],
      code: "MAX_EMBED_SIZE_EXCEEDED",
      message: `Embed size exceeds maximum size of ${MOST_TEXT}`,
    });
  return [...problems, ...embeds.flatMap((embed, at) => embedProblems(asObject(embed), at))];
}

/** The complaints as the tree that Discord puts into `errors`. */
export function errorTree(problems: readonly Problem[]): JsonObject {
  const tree: JsonObject = {};
  for (const { path, code, message } of problems) {
    let at = tree;
    for (const step of path) at = (at[step] ??= {}) as JsonObject;
    ((at["_errors"] ??= []) as Json[]).push({ code, message });
  }
  return tree;
}

/** A name of 1 to 80 letters that does not pretend to be Discord's own. */
export function nameProblems(name: unknown): Problem[] {
  const path = ["username"];
  if (name === undefined || name === null) return [];
  if (name === "")
    return [{ path, code: "BASE_TYPE_BAD_LENGTH", message: "Must be between 1 and 80 in length." }];
  const taken = ["clyde", "discord"].find((word) => String(name).toLowerCase().includes(word));
  if (taken === undefined) return length(path, name, 80);
  return [
    { path, code: "USERNAME_INVALID_CONTAINS", message: `Username cannot contain "${taken}"` },
  ];
}

function embedProblems(embed: JsonObject, at: number): Problem[] {
  const path = ["embeds", at];
  const { fields = [], footer, author } = embed;
  if (!Array.isArray(fields)) return [wrongType([...path, "fields"], "a list")];
  return [
    ...length([...path, "title"], embed["title"], 256),
    ...length([...path, "description"], embed["description"], 4096),
    ...length([...path, "footer", "text"], asObject(footer)["text"], 2048),
    ...length([...path, "author", "name"], asObject(author)["name"], 256),
    ...(fields.length > MOST_FIELDS ? [tooLong([...path, "fields"], MOST_FIELDS)] : []),
    ...fields.flatMap((field, of) => fieldProblems(asObject(field), [...path, "fields", of])),
  ];
}

function fieldProblems({ name, value }: JsonObject, path: (string | number)[]): Problem[] {
  const missing = (member: string): Problem => ({
    path: [...path, member],
    code: "BASE_TYPE_REQUIRED",
    message: "This field is required",
  });
  return [
    ...((name ?? "") === "" ? [missing("name")] : length([...path, "name"], name, 256)),
    ...((value ?? "") === "" ? [missing("value")] : length([...path, "value"], value, 1024)),
  ];
}

function length(path: (string | number)[], value: unknown, most: number): Problem[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "string") return [wrongType(path, "a string")];
  return codePoints(value) > most ? [tooLong(path, most)] : [];
}

function tooLong(path: (string | number)[], most: number): Problem {
  return { path, code: "BASE_TYPE_BAD_LENGTH", message: `Must be ${most} or fewer in length.` };
}

function wrongType(path: (string | number)[], wanted: string): Problem {
  return { path, code: "BASE_TYPE_BAD_TYPE", message: `Must be ${wanted}.` };
}

/** How much of the common limit an embed takes. */
function textOf({ title, description, footer, author, fields }: JsonObject): number {
  const own = [title, description, asObject(footer)["text"], asObject(author)["name"]];
  const listed = Array.isArray(fields) ? fields : [];
  const others = listed.flatMap((field) => [asObject(field)["name"], asObject(field)["value"]]);
  return [...own, ...others].reduce<number>(
    (sum, text) => sum + (typeof text === "string" ? codePoints(text) : 0),
    0,
  );
}
