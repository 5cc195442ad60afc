import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { expect, test } from "vitest";

const program = `
import { setTimeout as sleep } from "node:timers/promises";
import { createLog } from ${JSON.stringify(new URL("../../log.ts", import.meta.url).href)};
const log = createLog("test", "info");
for (let n = 0; n < 3; n++) {
  log.info("a line");
  log.fatal("a last one");
  await sleep(5);
}
console.error("still working");
`;

test.skipIf(!existsSync("/dev/full"))(
  "F10: a log that cannot be written does not end or hold up the process",
  async () => {
    const child = spawn(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", program],
      { stdio: ["ignore", openSync("/dev/full", "w"), "pipe"], timeout: 20_000 },
    );
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = await once(child, "close");
    expect([code, said.trim()]).toEqual([0, "still working"]);
  },
);
