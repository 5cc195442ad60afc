import type { Request, RequestHandler } from "express";
import { ipKeyGenerator } from "express-rate-limit";
import { sha256 } from "../db/secrets.ts";
import { presentedKey } from "./access.ts";
import { Problem } from "./problems.ts";

const windowMs = 60_000;
const mostTries = 300;
const mostRemembered = 10_000;

/** What a caller shows to be let in, and what the status of the answer says of it, if anything. */
export interface Showing {
  shown(req: Request): string | null;
  verdict(status: number): "let in" | "nobody's" | null;
}

const keys: Showing = {
  shown: presentedKey,
  verdict(status) {
    if (status === 401) return "nobody's";
    return status >= 500 || status === 429 ? null : "let in";
  },
};

/**
 * Holds off an address that keeps trying keys that nobody has. Keys that were let in before still pass:
 * behind a proxy all callers have one address, and a stranger must not lock them out.
 */
export function holdOffStrangers(
  now: () => number,
  { shown, verdict }: Showing = keys,
): RequestHandler {
  const tries = new Map<string, { count: number; until: number }>();
  const letIn = new Set<string>();
  const note = (address: string) => {
    if (tries.size >= mostRemembered) tries.clear();
    const found = tries.get(address);
    if (found && found.until > now()) found.count += 1;
    else tries.set(address, { count: 1, until: now() + windowMs });
  };
  return (req, res, next) => {
    const secret = shown(req);
    if (secret === null) return next();
    const hash = sha256(secret).toString("base64url");
    const address = ipKeyGenerator(req.ip ?? "");
    const left = (tries.get(address)?.until ?? 0) - now();
    if (left > 0 && (tries.get(address)?.count ?? 0) >= mostTries && !letIn.has(hash)) {
      const retryAfterSeconds = Math.ceil(left / 1000);
      throw new Problem("too_many_requests", "Too many unknown keys came from this address.", {
        retryAfterSeconds,
      });
    }
    res.once("finish", () => {
      const found = verdict(res.statusCode);
      if (found === "nobody's") {
        letIn.delete(hash);
        note(address);
      }
      if (found !== "let in") return;
      if (letIn.size >= mostRemembered) letIn.clear();
      letIn.add(hash);
    });
    next();
  };
}
