import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settings } from "../config.ts";
import { envExample } from "./env-example-text.ts";
import { projectRoot } from "./paths.ts";

const file = join(projectRoot, ".env.example");
writeFileSync(file, envExample(settings));
console.log(`Written: ${file}`);
