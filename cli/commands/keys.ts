import { path } from "../ask.ts";
import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { table, time } from "../print.ts";
import type { ApiKey, Page } from "../shapes.ts";

export async function keys(context: Context): Promise<Exit> {
  const { data } = await context.ask.json<Page<ApiKey>>("GET", "/api/keys", {
    query: { limit: 500 },
  });
  const rows = data.map(({ id, name, role, createdAt, lastUsedAt, revokedAt }) => [
    id,
    name,
    role,
    time(createdAt),
    time(lastUsedAt),
    revokedAt === null ? "living" : `revoked ${time(revokedAt)}`,
  ]);
  show(context, data, table(["key", "name", "role", "made", "last used", "state"], rows));
  return exits.done;
}

/** The key itself is all that goes to standard output, so that a script can take it. */
export async function makeKey(
  context: Context,
  name: string,
  { role }: { role: string },
): Promise<Exit> {
  const made = await context.ask.json<ApiKey & { key: string }>("POST", "/api/keys", {
    body: { name, role },
  });
  context.note(`Key ${made.id} (${made.role}); it is shown once:`);
  show(context, made, made.key);
  return exits.done;
}

export async function revokeKey(context: Context, id: string): Promise<Exit> {
  await context.ask.json("DELETE", path`/api/keys/${id}`);
  show(context, { id, revoked: true }, `Key ${id} is revoked.`);
  return exits.done;
}
