import type { Response } from "express";
import type { JsonObject } from "../json.ts";

/** A refusal in KiotViet's words, which are ServiceStack's. */
export class KiotVietError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  body(): JsonObject {
    return { responseStatus: { errorCode: this.code, message: this.message, errors: [] } };
  }
}

export function invalid(message: string): KiotVietError {
  return new KiotVietError(400, "KvValidateException", message);
}

export function badToken(): KiotVietError {
  return new KiotVietError(401, "TokenException", "Token is invalid");
}

export function wrongRetailer(): KiotVietError {
  return new KiotVietError(403, "ForbiddenException", "Gian hàng không hợp lệ");
}

export function notFound(what: string): KiotVietError {
  return new KiotVietError(404, "NotFoundException", `${what} không tồn tại`);
}

export function tooMany(): KiotVietError {
  return new KiotVietError(429, "TooManyRequestsException", "Vượt quá số lượt truy cập cho phép");
}

/** What an injected status looks like when the fault names no code of its own. */
const USUAL: Readonly<Record<number, [code: string, message: string]>> = {
  400: ["KvValidateException", "Dữ liệu không hợp lệ"],
  401: ["TokenException", "Token is invalid"],
  403: ["ForbiddenException", "Không có quyền thực hiện"],
  404: ["NotFoundException", "Dữ liệu không tồn tại"],
  429: ["TooManyRequestsException", "Vượt quá số lượt truy cập cho phép"],
};

/** The body of an injected error; the token endpoint words its own as OAuth does. */
export function injectedError(status: number, reason: string | undefined, url: string): unknown {
  if (url.startsWith("/kiotviet/connect/"))
    return { error: reason ?? (status < 500 ? "invalid_client" : "server_error") };
  const [code, message] = USUAL[status] ?? ["Exception", "Có lỗi xảy ra"];
  return new KiotVietError(status, reason ?? code, message).body();
}

export function sendError(response: Response, error: KiotVietError): void {
  response.status(error.status).json(error.body());
}
