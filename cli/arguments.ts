import { InvalidArgumentError } from "commander";
import type { Context } from "./context.ts";
import type { Exit } from "./exits.ts";

/** Makes a command of ours one of commander's: arguments as they come, then options. */
export type Run = <Arguments extends unknown[]>(
  command: (context: Context, ...given: Arguments) => Promise<Exit>,
) => (...given: Arguments) => Promise<void>;

export function number(text: string): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("It is not a number above 0.");
}

export function list(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.every((part) => part !== "")) return parts;
  throw new InvalidArgumentError("It is not a list such as a,b.");
}
