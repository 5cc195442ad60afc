// The last step of `npm run build`: what the compiler leaves out.
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

cpSync(at("db/migrations"), at("dist/db/migrations"), { recursive: true });

// Bundled here, so that a worker does not spend its first seconds (and a bundler's memory) on it.
const workflows = at("dist/workflows/index.js");
if (existsSync(workflows)) {
  const { code } = await bundleWorkflowCode({ workflowsPath: workflows });
  writeFileSync(at("dist/workflow-bundle.js"), code);
}
