import { invalid } from "./errors.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

interface Mask {
  [field: string]: Mask;
}

/** Reads a partial-response mask such as `items(id,start/date),nextPageToken`. */
export function parseMask(text: string): Mask {
  const tokens = text.match(/[A-Za-z0-9_*-]+|[(),/]/g) ?? [];
  if (tokens.join("") !== text.replaceAll(/\s/g, ""))
    throw invalid(`Invalid field selection ${text}`, "fields");
  let at = 0;
  const group = (): Mask => {
    const mask: Mask = {};
    for (;;) {
      const name = tokens[at++];
      if (name === undefined || /[(),/]/.test(name))
        throw invalid(`Invalid field selection ${text}`, "fields");
      mask[name] = { ...mask[name], ...below() };
      if (tokens[at] !== ",") return mask;
      at += 1;
    }
  };
  const below = (): Mask => {
    if (tokens[at] === "/") {
      at += 1;
      const name = tokens[at++] ?? "";
      return { [name]: below() };
    }
    if (tokens[at] !== "(") return {};
    at += 1;
    const mask = group();
    if (tokens[at++] !== ")") throw invalid(`Invalid field selection ${text}`, "fields");
    return mask;
  };
  const mask = group();
  if (at < tokens.length) throw invalid(`Invalid field selection ${text}`, "fields");
  return mask;
}

export function applyMask(value: Json | undefined, mask: Mask): Json | undefined {
  if (Object.keys(mask).length === 0 || "*" in mask) return value;
  if (Array.isArray(value)) return value.map((item) => applyMask(item, mask) ?? null);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, below] of Object.entries(mask))
    if (value[name] !== undefined) kept[name] = applyMask(value[name], below);
  return kept;
}
