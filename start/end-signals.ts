/** npm passes on a Ctrl-C that the terminal has sent to every program already. */
const sameSignalMs = 1_000;

export interface OnEnd {
  /** Somebody wants an end. */
  first(): void;
  /** Somebody does not want to wait for it. */
  again(): void;
}

/** Hears every signal that asks for an end; what comes at once after the first is the first, told twice. */
export function onEndSignals({ first, again }: OnEnd): void {
  // A terminal that was closed takes no more words, and the end goes on without them.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  let since: number | undefined;
  const hear = (): void => {
    if (since === undefined) {
      since = Date.now();
      first();
    } else if (Date.now() - since > sameSignalMs) again();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, hear);
}
