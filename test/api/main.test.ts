import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";

test.each(["PORT", "METRICS_PORT"])(
  "%s that somebody else listens on is said in one line of the log, and ends the process",
  async (name) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), "api/main.ts"], {
      env: {
        PATH,
        PORT: "0",
        DATABASE_URL: "postgres://nobody@127.0.0.1:9/none",
        ENCRYPTION_KEYS: `k1:${randomBytes(32).toString("base64")}`,
        [name]: String((other.address() as AddressInfo).port),
      },
      timeout: 30_000,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = await once(child, "close");
    other.close();
    expect(code).toBe(1);
    expect(said).toContain("the API cannot listen");
    expect(said).not.toContain("Node.js v");
  },
);
