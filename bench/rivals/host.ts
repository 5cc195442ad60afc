import { ceiling } from "./ceiling.ts";
import { productCeiling } from "./product-ceiling.ts";
import { productReading } from "./product-reading.ts";
import { productScript } from "./product-script.ts";
import type { Call, Reply, RivalName, Rivals, Tasks } from "./rival.ts";
import { script } from "./script.ts";

const rivals: Rivals = { script, ceiling, productScript, productCeiling, productReading };

function run<Name extends RivalName>(name: Name, task: Tasks[Name]): Promise<string> {
  return rivals[name](task);
}

process.on("message", ({ rival, task }: Call) => {
  const began = performance.now();
  const reply = (answer: Reply) => process.send?.(answer);
  run(rival, task).then(
    (syncToken) => reply({ outcome: { ms: performance.now() - began, syncToken } }),
    (error: unknown) => reply({ problem: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
