import { Forbidden, RateLimited, Rejected, Unauthenticated, Unavailable } from "./errors.ts";
import { type HttpAnswer, retryAfterMs } from "./http.ts";

/** How long a limit is waited out where the provider does not say. */
const usualPauseMs = 10_000;

/** Errors that no consent mends: it is our client that is wrong (RFC 6749, 5.2). */
const ofClient = [
  "invalid_client",
  "unauthorized_client",
  "invalid_request",
  "unsupported_grant_type",
];

/** What a provider has of its own. */
export interface Dialect {
  /** The error's word in an answer that is no success. */
  errorOf: (answer: HttpAnswer) => string;
  /** Further errors that lie in the client as it is configured. */
  ofClient: readonly string[];
  /** The statuses of a limit. */
  limits: readonly number[];
}

/** The error of a refused call. Decided on its word alone: descriptions differ from day to day. */
export function refusal(answer: HttpAnswer, name: string, dialect: Dialect): Error {
  const error = dialect.errorOf(answer);
  if (error === "invalid_grant") return new Unauthenticated(`${name}: ${error}`);
  if (ofClient.includes(error) || dialect.ofClient.includes(error))
    return new Forbidden(`${name}: ${error}; check the OAuth client that is configured`);
  const wait = retryAfterMs(answer);
  return dialect.limits.includes(answer.status)
    ? new RateLimited(`${name}: ${answer.status}`, wait ?? usualPauseMs)
    : new Unavailable(`${name}: ${answer.status}`, wait === null ? {} : { retryAfterMs: wait });
}

/** A code that is refused is the fault of this one try to connect, and of no grant that is stored. */
export function refusedCode(error: unknown): never {
  throw error instanceof Unauthenticated ? new Rejected(error.message) : error;
}
