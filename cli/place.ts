import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../start/paths.ts";
import { rememberedPort } from "../start/ports.ts";
import { Ended, exits } from "./exits.ts";

/** Which API is asked, and with which key. */
export interface Place {
  url: string;
  key: string;
}

/**
 * From the options, else the environment, else the running `npm start`. The key of `npm start` is not sent
 * to another address than its own.
 *
 * @throws Ended where there is no key
 */
export function placeOf(
  options: { api?: string | undefined; key?: string | undefined },
  env: NodeJS.ProcessEnv,
): Place {
  const dir = stateFolder(env);
  const told = options.api ?? (env["SYNCLINE_API_URL"] || undefined);
  const key =
    options.key ??
    (env["SYNCLINE_API_KEY"] || undefined) ??
    (told === undefined ? keyIn(join(dir, "api-key")) : undefined);
  if (key === undefined)
    throw new Ended(
      exits.refused,
      "There is no key: run npm start first, or give one with --key or SYNCLINE_API_KEY.",
    );
  if (told !== undefined && !URL.canParse(told))
    throw new Ended(exits.usage, `--api: "${told}" is not an address.`);
  const url = told ?? `http://127.0.0.1:${rememberedPort(join(dir, "api-port")) ?? 3000}`;
  return { url: url.replace(/\/+$/, ""), key };
}

function keyIn(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}
