import { createHash } from "node:crypto";

/** A refusal in the words of Employes. */
export class EmployesError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function unauthorised(): EmployesError {
  return new EmployesError(401, "Unauthorized");
}

export function notFound(): EmployesError {
  return new EmployesError(404, "Not Found");
}

export function invalid(message: string): EmployesError {
  return new EmployesError(422, message);
}

export function internal(): EmployesError {
  return new EmployesError(500, "Internal server error");
}

/** The gateway takes a route it does not know for one of its own, and cannot read the header then. */
export function unknownRoute(authorization: string): EmployesError {
  const hash = createHash("sha256").update(authorization).digest("base64");
  return new EmployesError(
    403,
    `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hash}'.`,
  );
}

const USUAL: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal server error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Endpoint request timed out",
};

/** The body of an injected error; the reason is its message. */
export function injectedError(status: number, reason: string | undefined): { message: string } {
  return { message: reason ?? USUAL[status] ?? "Internal server error" };
}
