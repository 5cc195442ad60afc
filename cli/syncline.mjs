#!/usr/bin/env node
// The command `syncline`: compiled where the project was built without its sources, TypeScript through tsx else.
import { existsSync } from "node:fs";

if (existsSync(new URL("main.ts", import.meta.url))) {
  const { register } = await import("tsx/esm/api");
  register();
  await import("./main.ts");
} else {
  await import("../dist/cli/main.js");
}
