import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { apiKeys } from "./schema/companies.ts";

export type Role = "owner" | "admin" | "member";

/** Whoever bears a key. */
export interface KeyHolder {
  id: string;
  companyId: string;
  name: string;
  role: Role;
}

const shown = {
  id: apiKeys.id,
  name: apiKeys.name,
  role: apiKeys.role,
  createdAt: apiKeys.createdAt,
  lastUsedAt: apiKeys.lastUsedAt,
  revokedAt: apiKeys.revokedAt,
};

/** A key as it may be shown: never its hash. */
export type ApiKey = Pick<typeof apiKeys.$inferSelect, keyof typeof shown>;

/** Looks across companies: the key itself says whose it is. */
export async function findApiKey(tx: Tx, hash: Buffer): Promise<KeyHolder | null> {
  const [found] = await rows<KeyHolder>(
    tx,
    sql`select id, company_id as "companyId", name, role from find_api_key(${hash})`,
  );
  return found ?? null;
}

/** Whether a key still lives: asked again by what goes on for long after its caller was let in. */
export async function isLivingKey(tx: Tx, id: string): Promise<boolean> {
  const found = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
  return found.length > 0;
}

/** Makes the first company and its owner's key where they are not there yet; answers the company. */
export async function bootstrapCompany(tx: Tx, name: string, hash: Buffer): Promise<string> {
  const [made] = await rows<{ id: string }>(
    tx,
    sql`select bootstrap_company(${name}, ${hash}) as id`,
  );
  if (!made) throw new Error("the first company was not made");
  return made.id;
}

/** Made again with the same id, the key keeps its place and takes the new hash: the first was never shown. */
export async function createApiKey(
  tx: Tx,
  key: { id: string; companyId: string; name: string; role: Role; hash: Buffer },
): Promise<ApiKey> {
  const [made] = await tx
    .insert(apiKeys)
    .values(key)
    .onConflictDoUpdate({ target: apiKeys.id, set: { hash: key.hash } })
    .returning(shown);
  if (!made) throw new Error("the key was not made");
  return made;
}

export function listApiKeys(
  tx: Tx,
  page: { after: string | undefined; limit: number },
): Promise<ApiKey[]> {
  return tx
    .select(shown)
    .from(apiKeys)
    .where(page.after === undefined ? undefined : gt(apiKeys.id, page.after))
    .orderBy(asc(apiKeys.id))
    .limit(page.limit);
}

/** Revokes a key at once. The last owner's key stays: without one nobody could make another. */
export async function revokeApiKey(
  tx: Tx,
  id: string,
): Promise<"revoked" | "unknown" | "last owner"> {
  const owners = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.role, "owner"), isNull(apiKeys.revokedAt)))
    .orderBy(asc(apiKeys.id))
    .for("update");
  if (owners.length === 1 && owners[0]?.id === id) return "last owner";
  const [found] = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
    .where(eq(apiKeys.id, id))
    .returning({ id: apiKeys.id });
  return found ? "revoked" : "unknown";
}
