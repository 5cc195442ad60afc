import { STATUS_CODES } from "node:http";
import type { Request, Response } from "express";
import { isObject, type Json, type JsonObject } from "../json.ts";

/** What a sink that speaks HTTP answers, before it is sent. */
export interface Answer {
  readonly status: number;
  readonly body: string | JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

export function send(response: Response, { status, body, headers }: Answer): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  response.status(status);
  if (typeof body !== "string") response.json(body);
  else if (body === "") response.end();
  else response.type(body.startsWith("<!") ? "html" : "text").send(body);
}

export function answerText({ body }: Answer): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** The body to the byte, as a signature or a check needs it. */
export function rawText(request: Request): string {
  return Buffer.isBuffer(request.body) ? request.body.toString() : "";
}

export function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function statusText(status: number): string {
  return STATUS_CODES[status] ?? "Error";
}

/** The length by code points, in which the limits are counted and texts are cut. */
export function codePoints(text: string): number {
  return Array.from(text).length;
}
