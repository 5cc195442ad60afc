import type { RequestHandler } from "express";
import { ipKeyGenerator } from "express-rate-limit";
import { sha256 } from "../db/secrets.ts";
import { presentedKey } from "./access.ts";
import { Problem } from "./problems.ts";

const windowMs = 60_000;
const mostTries = 300;
const mostRemembered = 10_000;

/**
 * Holds off an address that keeps trying keys that nobody has. Keys that were let in before still pass:
 * behind a proxy all callers have one address, and a stranger must not lock them out.
 */
export function holdOffStrangers(now: () => number): RequestHandler {
  const tries = new Map<string, { count: number; until: number }>();
  const letIn = new Set<string>();
  const note = (address: string) => {
    if (tries.size >= mostRemembered) tries.clear();
    const found = tries.get(address);
    if (found && found.until > now()) found.count += 1;
    else tries.set(address, { count: 1, until: now() + windowMs });
  };
  return (req, res, next) => {
    const key = presentedKey(req);
    if (key === null) return next();
    const hash = sha256(key).toString("base64url");
    const address = ipKeyGenerator(req.ip ?? "");
    const left = (tries.get(address)?.until ?? 0) - now();
    if (left > 0 && (tries.get(address)?.count ?? 0) >= mostTries && !letIn.has(hash)) {
      const retryAfterSeconds = Math.ceil(left / 1000);
      throw new Problem("too_many_requests", "Too many unknown keys came from this address.", {
        retryAfterSeconds,
      });
    }
    res.once("finish", () => {
      if (res.statusCode === 401) {
        letIn.delete(hash);
        return note(address);
      }
      if (res.statusCode >= 500 || res.statusCode === 429) return;
      if (letIn.size >= mostRemembered) letIn.clear();
      letIn.add(hash);
    });
    next();
  };
}
