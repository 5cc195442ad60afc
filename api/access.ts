import type { Request } from "express";
import { findApiKey, type KeyHolder, type Role } from "../db/api-keys.ts";
import { sha256 } from "../db/secrets.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";

const ranks: Record<Role, number> = { member: 1, admin: 2, owner: 3 };
const longestKey = 512;

/** The key that a request bears, if any: `Authorization: Bearer` or `X-API-Key`. */
export function presentedKey(req: Request): string | null {
  const header = req.get("authorization");
  if (header !== undefined) return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
  return req.get("x-api-key") ?? null;
}

/** Who calls. Asked at every request, so that a revoked key ends at once. @throws Problem 401 */
export async function authenticate(deps: Deps, req: Request): Promise<KeyHolder> {
  const key = presentedKey(req);
  if (key === null || key === "" || key.length > longestKey) throw unknownKey();
  const holder = await deps.database.acrossCompanies((tx) => findApiKey(tx, sha256(key)));
  if (!holder) throw unknownKey();
  return holder;
}

/** @throws Problem 403 */
export function authorise(holder: KeyHolder, role: Role): void {
  if (ranks[holder.role] >= ranks[role]) return;
  throw new Problem(
    "forbidden",
    `This needs the role ${role}; the key "${holder.name}" is of a ${holder.role}.`,
  );
}

function unknownKey(): Problem {
  return new Problem("unauthenticated", "The request bears no API key that is known and living.");
}
