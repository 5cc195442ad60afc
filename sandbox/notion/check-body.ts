import type * as z from "zod";
import { invalid, type NotionError } from "./errors.ts";

type Path = readonly PropertyKey[];

/** A value as its schema has it, or the refusal Notion would give for the first thing that is wrong. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, at = "body"): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw issue === undefined ? invalid("body failed validation.") : refusal(issue, value, at);
}

/** The refusal of one value, which stands at a path such as `body.page_size`. */
export function failed(path: string, should: string, was: unknown): NotionError {
  return invalid(
    `body failed validation: ${path} should be ${should}, instead was \`${show(was)}\`.`,
  );
}

function refusal(issue: z.core.$ZodIssue, value: unknown, at: string): NotionError {
  const path = at + pathText(issue.path);
  const was = valueAt(value, issue.path);
  if (issue.code === "unrecognized_keys")
    return failed(
      `${path}.${issue.keys[0] ?? ""}`,
      "not present",
      valueAt(was, issue.keys.slice(0, 1)),
    );
  if (issue.code === "too_big" || issue.code === "too_small") return outOfBounds(issue, path, was);
  if (issue.code === "invalid_value")
    return failed(path, issue.values.map((one) => `\`${show(one)}\``).join(" or "), was);
  if (issue.code === "invalid_type")
    return failed(path, was === undefined ? "defined" : article(issue.expected), was);
  return failed(path, issue.code === "custom" ? issue.message : "valid", was);
}

function outOfBounds(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  path: string,
  was: unknown,
): NotionError {
  const sized = typeof was === "string" || Array.isArray(was);
  const bound = issue.code === "too_big" ? `≤ \`${issue.maximum}\`` : `≥ \`${issue.minimum}\``;
  return failed(sized ? `${path}.length` : path, bound, sized ? was.length : was);
}

function article(expected: string): string {
  if (expected === "object" || expected === "record") return "an object";
  return `${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;
}

function pathText(path: Path): string {
  return path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (held, part) => (held as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );
}

function show(value: unknown): string {
  return value === undefined ? "undefined" : JSON.stringify(value);
}
