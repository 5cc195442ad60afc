import { ceiling } from "./ceiling.ts";
import type { Reply, Rival, RivalName, Task } from "./rival.ts";
import { script } from "./script.ts";

const rivals: Record<RivalName, Rival> = { script, ceiling };

process.on("message", ({ rival, task }: { rival: RivalName; task: Task }) => {
  const began = performance.now();
  const reply = (answer: Reply) => process.send?.(answer);
  rivals[rival](task).then(
    (syncToken) => reply({ outcome: { ms: performance.now() - began, syncToken } }),
    (error: unknown) => reply({ problem: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
