import { readFileSync } from "node:fs";
import pg from "pg";
import { z } from "zod";

const journal = z.object({ entries: z.array(z.object({ when: z.number() })) });

/**
 * A check that the database is at our newest migration. Asked as the login role, since the working role
 * does not see the list; once it is true it stays so for this process.
 */
export function migrationsCurrent(databaseUrl: string): () => Promise<void> {
  const file = new URL("../db/migrations/meta/_journal.json", import.meta.url);
  const newest = Math.max(
    ...journal.parse(JSON.parse(readFileSync(file, "utf8"))).entries.map((entry) => entry.when),
  );
  let isCurrent = false;
  return async () => {
    if (isCurrent) return;
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
    });
    client.on("error", () => {});
    await client.connect();
    try {
      const found = await client.query<{ at: string }>(
        "select max(created_at)::text as at from drizzle.__drizzle_migrations",
      );
      if (Number(found.rows[0]?.at ?? 0) < newest)
        throw new Error("the database is behind; run the migrations");
      isCurrent = true;
    } finally {
      await client.end();
    }
  };
}
