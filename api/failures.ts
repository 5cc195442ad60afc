import {
  CollectionMissing,
  Forbidden,
  Gone,
  InvalidResponse,
  Misconfigured,
  RateLimited,
  Rejected,
  Unauthenticated,
  Unavailable,
} from "../connectors/errors.ts";
import { postgresCode } from "../db/refused.ts";
import { SecretUnreadable } from "../db/secrets.ts";
import { Problem } from "./problems.ts";

const bodyProblems: Record<string, () => Problem> = {
  "entity.parse.failed": () =>
    new Problem("malformed_json", "The body could not be read as JSON.", {
      errors: [{ in: "body", pointer: "", message: "not JSON" }],
    }),
  "entity.too.large": () => new Problem("too_large", "The body is larger than 100 KB."),
  "entity.verify.failed": () =>
    new Problem("malformed_json", "The body is not UTF-8.", {
      errors: [{ in: "body", pointer: "", message: "not UTF-8" }],
    }),
  "charset.unsupported": () => new Problem("not_json", "The body must be UTF-8."),
  "encoding.unsupported": () => new Problem("not_json", "This Content-Encoding is not supported."),
  "request.aborted": () => new Problem("malformed_json", "The body ended too early."),
  "request.size.invalid": () =>
    new Problem("malformed_json", "The body is not as long as Content-Length says."),
};

/** What a caller is told about whatever was thrown. Nothing of the error itself, but for our own. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const type = property(error, "type");
  const body = typeof type === "string" ? bodyProblems[type] : undefined;
  if (body) return body();
  const status = property(error, "status");
  if (error instanceof URIError || (typeof status === "number" && status >= 400 && status < 500)) {
    const part = error instanceof URIError ? "path" : "body";
    return new Problem("invalid_request", "The request could not be read.", {
      errors: [{ in: part, pointer: "", message: "could not be read" }],
    });
  }
  return (
    ofProvider(error) ??
    ofDatabase(error) ??
    ofSecret(error) ??
    new Problem("internal", "An unexpected error occurred.", { cause: error })
  );
}

function ofProvider(error: unknown): Problem | null {
  if (error instanceof RateLimited) {
    const retryAfterSeconds = Math.ceil(error.retryAfterMs / 1000);
    return new Problem("provider_unavailable", "The provider asks us to wait.", {
      retryAfterSeconds,
      cause: error,
    });
  }
  if (error instanceof Unavailable || error instanceof InvalidResponse) {
    return new Problem("provider_unavailable", "The provider does not answer.", {
      retryAfterSeconds: 10,
      cause: error,
    });
  }
  if (error instanceof Unauthenticated) {
    return new Problem(
      "not_connected",
      "The provider no longer accepts the connection's grant: connect again.",
      { cause: error },
    );
  }
  if (error instanceof Misconfigured)
    return new Problem("misconfigured", error.message, { cause: error });
  if ([Forbidden, CollectionMissing, Gone, Rejected].some((kind) => error instanceof kind)) {
    return new Problem("provider_refused", (error as Error).message, { cause: error });
  }
  return null;
}

/** SQLSTATE classes that say that Postgres cannot work now: connection, resources, operator, timeouts. */
const downClasses = /^(08|53|57|58)/;
const downCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EPIPE",
  "EAI_AGAIN",
  "25006",
  "40001",
  "40P01",
  "55P03",
]);
const downMessages =
  /timeout exceeded when trying to connect|timeout expired|Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool after/i;

function ofDatabase(error: unknown): Problem | null {
  const sqlState = postgresCode(error);
  // Text that is no valid UTF-8 in Postgres' eyes (22021), values out of range: wrong in the request.
  if (sqlState?.startsWith("22")) {
    return new Problem("invalid_request", "A value of the request cannot be stored.", {
      errors: [{ in: "body", pointer: "", message: "cannot be stored" }],
      cause: error,
    });
  }
  if (sqlState === "23505")
    return new Problem("conflict", "There is one like this already.", { cause: error });
  // Only seats are exclusive: somebody else has taken this one at the same moment.
  if (sqlState === "23P01")
    return new Problem("slot_full", "Somebody else has just taken this seat.", { cause: error });
  if (sqlState?.startsWith("23")) {
    return new Problem("conflict", "What this belongs to is not there, or does not allow it.", {
      cause: error,
    });
  }
  return isDown(error)
    ? new Problem("database_unavailable", "The database does not answer.", {
        retryAfterSeconds: 2,
        cause: error,
      })
    : null;
}

/** Sealed with a key that was taken away since: nothing that a repeat could mend. */
function ofSecret(error: unknown): Problem | null {
  return error instanceof SecretUnreadable
    ? new Problem("conflict", error.message, { cause: error })
    : null;
}

function isDown(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = property(at, "code");
    if (typeof code === "string" && (downClasses.test(code) || downCodes.has(code))) return true;
    if (downMessages.test(at.message)) return true;
    if (at instanceof AggregateError && at.errors.some(isDown)) return true;
  }
  return false;
}

function property(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null && name in of
    ? (of as Record<string, unknown>)[name]
    : undefined;
}
