/** What the process ends with, for scripts. Numbers keep their meaning. */
export const exits = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  refused: 5,
  waits: 6,
  interrupted: 130,
} as const;

export type Exit = (typeof exits)[keyof typeof exits];

export const exitWords = `Exit codes:
  0    done
  1    failed: a session ended in an error or with failed items, something needs attention
  2    used wrongly: an option, an argument, a value that the API does not take
  3    nothing found, or several things are called so
  4    the API is not reached, or cannot work now
  5    refused: no key, a wrong one, or one that may not
  6    waits for a person: held, a preview, a conflict, a consent, a pause
  130  interrupted (Ctrl-C); a sync that was followed goes on`;

/** Ends the command with words for a person, and a code for a script. */
export class Ended extends Error {
  readonly exit: Exit;
  constructor(exit: Exit, message: string) {
    super(message);
    this.name = "Ended";
    this.exit = exit;
  }
}
