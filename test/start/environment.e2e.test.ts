import pg from "pg";
import { Connection } from "@temporalio/client";
import { expect, test } from "vitest";
import { createDatabase, startTestEnvironment } from "../../start/environment.ts";

test(
  "several users share the servers, which stay as long as one is left",
  { timeout: 60_000 },
  async () => {
    const [one, two] = await Promise.all([startTestEnvironment(), startTestEnvironment()]);
    expect(two.databaseUrl).toBe(one.databaseUrl);
    expect(two.temporalAddress).toBe(one.temporalAddress);
    await one.stop();
    const client = new pg.Client(await createDatabase(two.databaseUrl, "environment_test"));
    await client.connect();
    expect((await client.query("select current_setting('fsync') as fsync")).rows).toEqual([
      { fsync: "off" },
    ]);
    await client.end();
    await (await Connection.connect({ address: two.temporalAddress })).close();
    await two.stop();
  },
);
