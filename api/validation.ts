import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { isZone } from "../sync/time.ts";
import { Problem, type Wrong } from "./problems.ts";

const deepest = 20;
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Checks a part of the request. @throws Problem naming every wrong value by its pointer */
export function validated<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: Wrong["in"],
): z.output<Schema> {
  const unfit = unfitText(value, part, "", 0);
  if (unfit.length > 0) throw invalid(unfit);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap((issue) => toWrong(issue, part)));
}

/** As many as anybody reads: a small body can be wrong in thousands of places. */
const mostErrors = 100;

function invalid(all: readonly Wrong[]): Problem {
  const errors = all.slice(0, mostErrors);
  const [first] = errors;
  const detail = first
    ? `${first.pointer || "The body"}: ${first.message}`
    : "The request is not valid.";
  return new Problem("invalid_request", detail, { errors });
}

function toWrong(issue: z.core.$ZodIssue, part: Wrong["in"]): Wrong[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      in: part,
      pointer: pointerTo([...issue.path, key]),
      message: "is not known here",
    }));
  }
  const nearest = issue.code === "invalid_union" ? nearestOf(issue.errors) : null;
  if (nearest !== null) {
    return nearest.flatMap((inner) =>
      toWrong({ ...inner, path: [...issue.path, ...inner.path] }, part),
    );
  }
  return [{ in: part, pointer: pointerTo(issue.path), message: issue.message }];
}

/** Of the forms that a value may have, the one that it misses by less than the others; null when none. */
function nearestOf(forms: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | null {
  const [first, second] = forms.toSorted((a, b) => a.length - b.length);
  return first && (!second || first.length < second.length) ? first : null;
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** What no text may hold, wherever it stands: NUL, halves of characters, names that reach into prototypes. */
function unfitText(value: unknown, part: Wrong["in"], pointer: string, depth: number): Wrong[] {
  const at = (message: string): Wrong[] => [{ in: part, pointer, message }];
  if (depth > deepest) return at("is nested too deeply");
  if (typeof value === "string") {
    if (value.includes("\0")) return at("holds a NUL character");
    return loneSurrogate.test(value) ? at("holds half of a surrogate pair") : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const to = `${pointer}${pointerTo([key])}`;
    if (key === "__proto__") return [{ in: part, pointer: to, message: "is not known here" }];
    return unfitText(inner, part, to, depth + 1);
  });
}

/** An IANA zone by its name. Whoever is handed it later, Temporal for one, wants it in its own case. */
export const zone = z
  .string()
  .max(64)
  .refine(isZone, "is not a time zone of the IANA database, such as Europe/Amsterdam")
  .transform(
    (name) => Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId,
  )
  .meta({ type: "string", description: "IANA time zone", example: "Europe/Amsterdam" });

export const id = z.guid("is not an id").meta({ type: "string", format: "uuid" });

/**
 * A moment: ISO 8601 with an offset, or a date for its midnight in UTC. A `+` that nobody escaped in an
 * address arrives as a blank.
 */
export const moment = z
  .string()
  .overwrite((text) =>
    /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text.replace(/ (?=\d\d:\d\d$)/, "+"),
  )
  .pipe(z.iso.datetime({ offset: true, error: "is not a moment in ISO 8601 with an offset" }))
  .transform((text, context) => {
    const date = new Date(text);
    const year = date.getUTCFullYear();
    if (!(year >= 1900 && year <= 2200)) {
      context.addIssue({ code: "custom", message: "is not between the years 1900 and 2200" });
      return z.NEVER;
    }
    return date;
  })
  .meta({
    type: "string",
    format: "date-time",
    description: "ISO 8601 with an offset, or a date for its midnight in UTC",
    example: "2026-03-01T00:00:00Z",
  });

/** `true` or `false` in a query. */
export const flag = z
  .enum(["true", "false"], "is neither true nor false")
  .transform((text) => text === "true")
  .meta({ type: "string", enum: ["true", "false"] });
