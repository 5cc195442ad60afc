import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";

/** A statement that Postgres refused: what, by which rule, and nothing of what it held. */
export class StatementFailed extends Error {
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint: string | undefined;
  constructor(code: string, constraint: string | undefined, statement: string) {
    super(
      `Postgres refused a statement (${[code, constraint].filter(Boolean).join(" ")}): ${statement}`,
    );
    this.name = "StatementFailed";
    this.code = code;
    this.constraint = constraint;
  }
}

/**
 * drizzle repeats a statement's parameters in its message, and Postgres a row's values in its own; both
 * would carry events into logs and histories.
 */
export function withoutContent(error: unknown): unknown {
  const code = postgresCode(error);
  if (error instanceof DrizzleQueryError || code !== undefined) {
    const statement =
      error instanceof DrizzleQueryError ? error.query.replaceAll(/\s+/g, " ").slice(0, 120) : "";
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (code === undefined)
      return new Error(`a statement did not come through: ${statement}`, {
        cause: reasonOf(cause),
      });
    const constraint = cause instanceof pg.DatabaseError ? cause.constraint : undefined;
    return new StatementFailed(code, constraint, statement);
  }
  return error;
}

/** A lost connection says only where and how; that may stay. */
function reasonOf(cause: unknown): unknown {
  return cause instanceof Error &&
    !(cause instanceof pg.DatabaseError) &&
    !(cause instanceof DrizzleQueryError)
    ? cause
    : undefined;
}

/** The SQLSTATE of a failed statement, also where drizzle has wrapped the error. */
export function postgresCode(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string" && /^[0-9A-Z]{5}$/.test(at.code))
      return at.code;
  }
  return undefined;
}
