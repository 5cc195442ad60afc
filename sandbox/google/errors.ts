import type { Response } from "express";

interface ErrorDetail {
  readonly domain: string;
  readonly reason: string;
  readonly message: string;
  readonly locationType?: "parameter" | "header";
  readonly location?: string;
}

interface ErrorBody {
  readonly error: {
    readonly errors: readonly ErrorDetail[];
    readonly code: number;
    readonly message: string;
  };
}

/** A refusal in Google's words: the status and the one entry of the `errors` list. */
export class GoogleError extends Error {
  readonly status: number;
  readonly detail: ErrorDetail;

  constructor(
    status: number,
    domain: string,
    reason: string,
    message: string,
    at?: { parameter: string } | { header: string },
  ) {
    super(message);
    this.status = status;
    const place =
      at === undefined
        ? {}
        : "parameter" in at
          ? parameterPlace(at.parameter)
          : headerPlace(at.header);
    this.detail = { domain, reason, message, ...place };
  }

  body(): ErrorBody {
    return { error: { errors: [this.detail], code: this.status, message: this.detail.message } };
  }
}

function parameterPlace(location: string): Pick<ErrorDetail, "locationType" | "location"> {
  return { locationType: "parameter", location };
}

function headerPlace(location: string): Pick<ErrorDetail, "locationType" | "location"> {
  return { locationType: "header", location };
}

export function invalid(message = "Invalid Value", parameter?: string): GoogleError {
  return new GoogleError(
    400,
    "global",
    "invalid",
    message,
    parameter === undefined ? undefined : { parameter },
  );
}

export function required(message = "Required", parameter?: string): GoogleError {
  return new GoogleError(
    400,
    "global",
    "required",
    message,
    parameter === undefined ? undefined : { parameter },
  );
}

export function emptyRange(parameter?: string): GoogleError {
  const at = parameter === undefined ? undefined : { parameter };
  return new GoogleError(
    400,
    "calendar",
    "timeRangeEmpty",
    "The specified time range is empty.",
    at,
  );
}

export function unauthorised(): GoogleError {
  return new GoogleError(401, "global", "authError", "Invalid Credentials", {
    header: "Authorization",
  });
}

export function forbidden(reason: string, message: string): GoogleError {
  return new GoogleError(403, "global", reason, message);
}

export function notFound(): GoogleError {
  return new GoogleError(404, "global", "notFound", "Not Found");
}

export function duplicate(): GoogleError {
  return new GoogleError(409, "global", "duplicate", "The requested identifier already exists.");
}

export function deleted(): GoogleError {
  return new GoogleError(410, "global", "deleted", "Resource has been deleted");
}

export function fullSyncRequired(): GoogleError {
  const message = "Sync token is no longer valid, a full sync is required.";
  return new GoogleError(410, "calendar", "fullSyncRequired", message, { parameter: "syncToken" });
}

export function conditionNotMet(): GoogleError {
  return new GoogleError(412, "global", "conditionNotMet", "Precondition Failed", {
    header: "If-Match",
  });
}

/** What an injected status looks like when the fault names no reason of its own. */
const USUAL: Record<number, [domain: string, reason: string, message: string]> = {
  400: ["global", "badRequest", "Bad Request"],
  401: ["global", "authError", "Invalid Credentials"],
  403: ["usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"],
  404: ["global", "notFound", "Not Found"],
  409: ["global", "conflict", "Conflict"],
  410: ["calendar", "fullSyncRequired", "Sync token is no longer valid, a full sync is required."],
  412: ["global", "conditionNotMet", "Precondition Failed"],
  429: ["usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"],
  500: ["global", "backendError", "Backend Error"],
  503: ["global", "backendError", "Backend Error"],
};

const BY_REASON: Record<string, [domain: string, message: string]> = {
  rateLimitExceeded: ["usageLimits", "Rate Limit Exceeded"],
  userRateLimitExceeded: ["usageLimits", "User Rate Limit Exceeded"],
  quotaExceeded: ["usageLimits", "Calendar usage limits exceeded."],
  dailyLimitExceeded: ["usageLimits", "Daily Limit Exceeded"],
  accessNotConfigured: ["usageLimits", "Access Not Configured"],
  forbiddenForNonOrganizer: [
    "calendar",
    "Shared properties can only be changed by the organizer of the event.",
  ],
  insufficientPermissions: ["global", "Insufficient Permission"],
  fullSyncRequired: ["calendar", "Sync token is no longer valid, a full sync is required."],
  updatedMinTooLongAgo: [
    "calendar",
    "The requested minimum modification time lies too far in the past.",
  ],
  deleted: ["global", "Resource has been deleted"],
  duplicate: ["global", "The requested identifier already exists."],
};

/** The body of an injected error: the Calendar shape, or the shorter one of the token endpoint. */
export function injectedError(status: number, reason: string | undefined): unknown {
  if (reason === "invalid_grant")
    return { error: reason, error_description: "Token has been expired or revoked." };
  if (reason === "invalid_client") return { error: reason, error_description: "Unauthorized" };
  const usual = USUAL[status] ?? ["global", "backendError", "Backend Error"];
  const named = reason === undefined ? undefined : BY_REASON[reason];
  const [domain, message] = named ?? [usual[0], usual[2]];
  return new GoogleError(status, domain, reason ?? usual[1], message).body();
}

export function sendError(response: Response, error: GoogleError): void {
  response
    .status(error.status)
    .set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
  response.set("Content-Type", "application/json; charset=UTF-8").end(JSON.stringify(error.body()));
}
