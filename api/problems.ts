/**
 * Everything that can go wrong, in one table: what it is called and what to do about it. A code that is
 * not here cannot be answered.
 */
export const codes = {
  malformed_json: [400, "The body is not JSON", "Send one JSON object."],
  invalid_request: [
    400,
    "The request is not valid",
    "Change what `errors` points at, and send it again.",
  ],
  window_too_large: [
    400,
    "The window is too large",
    "Ask for a shorter window, or for one calendar.",
  ],
  consent_failed: [
    400,
    "The consent did not come through",
    "Start connecting again from the application.",
  ],
  unauthenticated: [
    401,
    "No valid API key",
    "Send `Authorization: Bearer <key>` with a key that is not revoked.",
  ],
  bad_signature: [
    401,
    "The signature is not the provider's",
    "Enter the same secret on both sides: SLACK_SIGNING_SECRET, or the token of the subscription (/api/subscriptions).",
  ],
  forbidden: [403, "The key's role does not allow this", "Use a key of an admin or an owner."],
  not_found: [404, "There is no such thing", "Check the address and the id."],
  method_not_allowed: [
    405,
    "The method is not allowed here",
    "See `Allow`, or the API's description at /docs.",
  ],
  conflict: [
    409,
    "This conflicts with what is there",
    "Read the detail; change the request or what is there.",
  ],
  circular: [
    409,
    "Events would go round in a circle",
    "Connect one of the remote calendars in one direction only, or leave one of the connections out.",
  ],
  already_connected: [
    409,
    "This remote calendar is connected already",
    "Use the connection that is there, or disconnect it first.",
  ],
  disconnected: [409, "The connection is disconnected", "Make a new connection."],
  calendar_only: [
    409,
    "This is for connections with a calendar",
    "Business data is only read: see /api/records, /api/changes and /api/plans.",
  ],
  not_connected: [
    409,
    "The connection is not ready",
    "Finish the consent and choose the remote calendar.",
  ],
  mail_not_configured: [
    409,
    "No mail can be sent here",
    "Ask whoever runs Syncline to set SMTP_URL, or choose another kind of target.",
  ],
  already_settled: [409, "This was settled already", "Read it again."],
  plan_under_way: [
    409,
    "A plan of this connection is under way",
    "Wait until it is ready, then apply or discard it.",
  ],
  cannot_undo: [
    409,
    "This session cannot be taken back",
    "Read the detail; what is left to do, do by hand.",
  ],
  request_running: [
    409,
    "The first request with this key is still running",
    "Wait, then send the same request again.",
  ],
  slot_full: [
    409,
    "Every seat of this slot is taken",
    "Choose one of the free slots under /api/booking-rules/{id}/slots.",
  ],
  no_slot: [
    409,
    "There is no slot then that customers may book",
    "Choose one of the slots under /api/booking-rules/{id}/slots.",
  ],
  booking_closed: [
    409,
    "The booking can no longer be changed",
    "It is cancelled, or has begun: make a new one.",
  ],
  version_changed: [
    412,
    "It has changed since you read it",
    "Read it again, and repeat the change on the new version.",
  ],
  too_large: [413, "The body is too large", "Send at most 100 KB."],
  not_json: [415, "The body's type is not supported", "Send `Content-Type: application/json`."],
  address_refused: [
    422,
    "Nothing may be sent to this address",
    "Enter the https address that Slack, Discord or the receiver names, or a mail address.",
  ],
  key_reused: [
    422,
    "The Idempotency-Key belongs to another request",
    "Use a new key for a new request.",
  ],
  credentials_refused: [
    422,
    "The provider refuses what was entered",
    "Copy what `errors` points at anew from the provider's own page, and send it again.",
  ],
  provider_refused: [
    422,
    "The provider refuses this",
    "Read the detail; change the settings or the rights at the provider.",
  ],
  misconfigured: [
    422,
    "What the settings name at the provider is not there, or of another type",
    "Mend at the provider what the detail names, or name other properties (`properties`).",
  ],
  version_missing: [
    428,
    "If-Match is required",
    "Send the ETag that reading it answered as `If-Match`.",
  ],
  too_many_requests: [429, "Too many requests", "Wait as long as `Retry-After` says."],
  internal: [
    500,
    "Something went wrong on our side",
    "Try again; if it stays, report the request id in `instance`.",
  ],
  provider_unavailable: [503, "The provider cannot be reached", "Try again a little later."],
  temporal_unavailable: [503, "Work cannot be started now", "Try again a little later."],
  database_unavailable: [503, "The database cannot be reached", "Try again a little later."],
} as const satisfies Record<string, readonly [status: number, title: string, action: string]>;

export type Code = keyof typeof codes;

/** Where a value of the request is wrong. The pointer is a JSON Pointer (RFC 6901) into that part. */
export interface Wrong {
  in: "body" | "query" | "path" | "header";
  pointer: string;
  message: string;
}

/** An answer that says what went wrong. Thrown by handlers, answered in one place. */
export class Problem extends Error {
  readonly code: Code;
  readonly errors: readonly Wrong[];
  readonly retryAfterSeconds: number | undefined;
  constructor(
    code: Code,
    detail: string,
    more: { errors?: readonly Wrong[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = "Problem";
    this.code = code;
    this.errors = more.errors ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
  get status(): number {
    return codes[this.code][0];
  }
}

export const notFound = (): Problem =>
  new Problem("not_found", "There is nothing at this address for this key.");

/** One wrong value of the body. */
export function wrong(pointer: string, message: string): Problem {
  return new Problem("invalid_request", message, { errors: [{ in: "body", pointer, message }] });
}

export function wrongQuery(name: string, message: string): Problem {
  return new Problem("invalid_request", message, {
    errors: [{ in: "query", pointer: `/${name}`, message }],
  });
}

/** The body of RFC 9457. `instance` is the request's id, which is in our log as well. */
export function toBody(
  problem: Problem,
  baseUrl: string,
  requestId: string,
): Record<string, unknown> {
  const [status, title, action] = codes[problem.code];
  return {
    type: `${baseUrl}/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: `urn:uuid:${requestId}`,
    code: problem.code,
    action,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    ...(problem.retryAfterSeconds !== undefined && {
      retryAfterSeconds: problem.retryAfterSeconds,
    }),
  };
}
