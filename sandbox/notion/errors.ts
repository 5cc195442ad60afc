import { randomUUID } from "node:crypto";
import type { Response } from "express";
import type { JsonObject } from "../json.ts";

/** A refusal in Notion's words. */
export class NotionError extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: JsonObject;

  constructor(status: number, code: string, message: string, more: JsonObject = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }

  body(requestId: string): JsonObject {
    const { status, code, message, more } = this;
    return { object: "error", status, code, message, ...more, request_id: requestId };
  }
}

export function invalid(message: string): NotionError {
  return new NotionError(400, "validation_error", message);
}

export function invalidRequestUrl(): NotionError {
  return new NotionError(400, "invalid_request_url", "Invalid request URL.");
}

export function unauthorised(): NotionError {
  return new NotionError(401, "unauthorized", "API token is invalid.");
}

export function restricted(): NotionError {
  return new NotionError(403, "restricted_resource", "Insufficient permissions for this endpoint.");
}

/** Gone and not shared are told in the same words. */
export function notFound(kind: string, id: string): NotionError {
  return new NotionError(
    404,
    "object_not_found",
    `Could not find ${kind} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration.`,
  );
}

export function rateLimited(reason: string): NotionError {
  const message = "You have been rate limited. Please try again in a few minutes.";
  return new NotionError(429, "rate_limited", message, {
    additional_data: { rate_limit_reason: reason },
  });
}

/** What an injected status looks like when the fault names no code of its own. */
const USUAL: Record<number, [code: string, message: string]> = {
  400: ["validation_error", "body failed validation."],
  401: ["unauthorized", "API token is invalid."],
  403: ["restricted_resource", "Insufficient permissions for this endpoint."],
  404: [
    "object_not_found",
    "Could not find the object. Make sure it is shared with your integration.",
  ],
  409: ["conflict_error", "Conflict occurred while saving. Please try again."],
  413: ["validation_error", "Request body too large."],
  500: ["internal_server_error", "Unexpected error occurred."],
  503: ["service_unavailable", "Notion is unavailable, please try again later."],
  504: ["gateway_timeout", "The request timed out."],
  529: ["service_overload", "Notion is overloaded, please try again later."],
};

/** The body of an injected error; the reason is a code, of a 429 the reason of the limit. */
export function injectedError(status: number, reason: string | undefined): unknown {
  if (status === 429)
    return rateLimited(reason ?? "public_api_request_rate_limit").body(randomUUID());
  const [code, message] = USUAL[status] ?? ["internal_server_error", "Unexpected error occurred."];
  return new NotionError(status, reason ?? code, message).body(randomUUID());
}

export function sendError(response: Response, error: NotionError): void {
  const requestId = markResponse(response);
  response.status(error.status).json(error.body(requestId));
}

/** The headers that every answer bears, and the id that is among them. */
export function markResponse(response: Response): string {
  const requestId = randomUUID();
  response.set("x-notion-request-id", requestId);
  response.set("cf-ray", `${requestId.replaceAll("-", "").slice(0, 16)}-AMS`);
  return requestId;
}
