import type { Ask } from "./ask.ts";

/** What a command is given: whom to ask, where to write, and whether a person or a program reads. */
export interface Context {
  ask: Ask;
  /** The result, to standard output. */
  out(text: string): void;
  /** Bytes of a file, as they are; resolves once more may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** Progress and remarks, to standard error. */
  note(text: string): void;
  json: boolean;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** The result: as the API has it for programs, as text for people. */
export function show(context: Context, value: unknown, text: string): void {
  context.out(context.json ? JSON.stringify(value, null, 2) : text);
}
