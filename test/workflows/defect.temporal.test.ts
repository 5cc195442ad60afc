import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { NativeConnection, Worker } from "@temporalio/worker";
import { expect, inject, it } from "vitest";
import { connectTemporal } from "../../temporal/client.ts";
import { workflowFailureErrorTypes } from "../../worker/worker.ts";

it("a defect in a workflow ends it, visibly, instead of being tried for ever", async () => {
  const address = inject("temporalAddress");
  const taskQueue = `defect-${randomUUID()}`;
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL("./defective.ts", import.meta.url)),
    workflowFailureErrorTypes,
  });
  const { client, close } = connectTemporal(address);
  await worker.runUntil(async () => {
    const run = await client.workflow.start("defective", { taskQueue, workflowId: taskQueue });
    await expect(run.result()).rejects.toMatchObject({
      cause: { message: "undefined is not a function" },
    });
  });
  await close();
  await connection.close();
});
