import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** The folder that holds start/, worker/, api/: the repository, or dist/ in a built tree. */
export const codeRoot = dirname(dirname(here));

/** The folder with package.json. */
export const projectRoot = existsSync(join(codeRoot, "package.json"))
  ? codeRoot
  : dirname(codeRoot);

export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env["SYNCLINE_STATE"];
  return chosen === undefined || chosen === "" ? join(projectRoot, ".syncline") : resolve(chosen);
}

/** How Node runs one of the parts: compiled as it is, TypeScript through tsx. */
export function nodeArguments(part: string): string[] {
  if (here.endsWith(".js")) return [join(codeRoot, `${part}.js`)];
  return ["--import", import.meta.resolve("tsx"), join(codeRoot, `${part}.ts`)];
}
