import type { Request } from "express";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";
import { rawBody } from "./raw-body.ts";

const mostBytes = 4_096;

/** @throws Problem where there is too much of it */
export async function readForm(req: Request): Promise<URLSearchParams> {
  const body = await rawBody(req, mostBytes);
  if (body === null) throw new Problem("too_large", "The form is too large.");
  return new URLSearchParams(body.toString("utf8"));
}

/**
 * The secret in the address is what lets a form in, and another site does not know it; one that did
 * could still not use a customer's browser. Browsers say where a form came from; since pages here give
 * no referrer, those that say it only by `Origin` say `null` for our own.
 * @throws Problem 403
 */
export function refuseCrossSite(deps: Deps, req: Request): void {
  const site = req.get("sec-fetch-site");
  const origin = req.get("origin");
  const own = [new URL(deps.config.PUBLIC_URL).host, req.get("host")];
  const isOwn =
    site === undefined
      ? origin === undefined || origin === "null" || own.includes(hostOf(origin))
      : site === "same-origin";
  if (!isOwn) throw new Problem("forbidden", "The form came from another site.");
}

const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined;
