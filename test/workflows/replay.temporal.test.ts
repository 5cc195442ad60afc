import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporal } from "@temporalio/proto";
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as workflows from "../../workflows/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = new URL("./histories/", import.meta.url);
const recordings = readdirSync(folder).map((file) => ({
  name: file.replace(".json", ""),
  text: readFileSync(new URL(file, folder), "utf8"),
}));

/** That a replay fails is what some tests want: it need not be told. */
const quiet = {
  logger: new DefaultLogger("ERROR"),
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: "ERROR", other: "ERROR" }) },
  },
};
beforeAll(() => void Runtime.install(quiet));

/** Replays recordings under workflow code; answers those that cannot go on under it. */
async function broken(
  workflowsPath: string,
  names = recordings.map(({ name }) => name),
): Promise<string[]> {
  const histories = recordings
    .filter(({ name }) => names.includes(name))
    .map(({ name, text }) => ({
      workflowId: name,
      history: temporal.api.history.v1.History.fromObject(JSON.parse(text) as object),
    }));
  expect(histories).toHaveLength(names.length);
  const found: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowsPath },
    histories,
  )) {
    if (error) found.push(workflowId);
  }
  return found.toSorted();
}

describe("executions that began under earlier code", () => {
  it("go on under the workflow code of today", async () => {
    expect(await broken(join(root, "workflows/index.ts"))).toEqual([]);
  });

  it("are recorded of every workflow", () => {
    const types = recordings.map(
      ({ text }) => /"workflowType": \{\s+"name": "(\w+)"/.exec(text)?.[1],
    );
    expect(new Set(types)).toEqual(new Set(Object.keys(workflows)));
  });

  it("are recorded without hosts, paths or secrets", () => {
    for (const { text } of recordings) {
      expect(text).not.toMatch(
        /\d+@\w+|file:\/\/|\/home\/|\/Users\/|\/node_modules\/|ya29\.|1\/\/sandbox/,
      );
      if (hostname().length > 3) expect(text).not.toContain(hostname());
    }
  });
});

describe("a change that executions under way could not follow", () => {
  const copy = mkdtempSync(join(tmpdir(), "replay-"));
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  /** A copy of today's workflows, altered in one place. */
  function altered(file: string, from: string, to: string): string {
    const into = mkdtempSync(join(copy, "altered-"));
    for (const part of ["workflows", "sync"])
      cpSync(join(root, part), join(into, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(into, "node_modules"));
    const path = join(into, "workflows", file);
    const text = readFileSync(path, "utf8");
    expect(text.split(from)).toHaveLength(2);
    writeFileSync(path, text.replace(from, to));
    return join(into, "workflows/index.ts");
  }

  it("is seen where steps change their order", async () => {
    const stop =
      'await steps.stopChannels.executeWithOptions({ summary: "stop push channels" }, [ref]);\n  await steps.revokeGrant';
    const swapped =
      'await steps.revokeGrant.executeWithOptions({ summary: "stop push channels" }, [ref]);\n  await steps.stopChannels';
    expect(
      await broken(altered("disconnect.ts", stop, swapped), ["disconnect", "stop-channels"]),
    ).toEqual(["disconnect"]);
  });

  it("is seen where a step goes away", async () => {
    const path = altered(
      "session.ts",
      "if (opening.waitUntilMs !== null)",
      "if (opening.waitUntilMs === 0)",
    );
    expect(await broken(path, ["sync-clean", "sync-limited-already"])).toEqual([
      "sync-limited-already",
    ]);
  });

  it("is seen where a step is new", async () => {
    const path = altered(
      "sync-connection.ts",
      "const failure = await runSession(ref, opening);",
      "await sleep(1); const failure = await runSession(ref, opening);",
    );
    expect(await broken(path, ["sync-clean", "sync-needs-reauth"])).toEqual([
      "sync-clean",
      "sync-needs-reauth",
    ]);
  });
});
