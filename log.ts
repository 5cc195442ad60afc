import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";

export type Log = Logger;

/**
 * JSON lines to stdout, or lines for a person where that is a terminal. A line is a fact and its ids: never an event's text, a name or a token.
 * The paths below are a second net for what slips through.
 */
export function createLog(name: string, level: string): Log {
  const redact = {
    paths: [
      "accessToken",
      "refreshToken",
      "authorization",
      "*.accessToken",
      "*.refreshToken",
      "*.authorization",
      "req.headers",
      "err.config",
      "err.response",
    ],
    censor: "[secret]",
  };
  return pino({ name, level, redact, serializers: { err: errorFacts } }, standardOutput());
}

const mostWaiting = 1_000_000;

/**
 * A log that cannot be written must not end the work. Unheard, an error of the stream would; so would
 * its flush, which on a full disk tries for ever. Written synchronously, there is nothing to flush.
 */
function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) return pretty({ sync: true, ignore: "pid,hostname" });
  const stream = pino.destination({ dest: 1, sync: true, maxLength: mostWaiting });
  stream.on("error", () => {});
  stream.flushSync = () => {};
  return stream;
}

/** What of an error may stand in a log: class, message and place; never attached requests or answers. */
function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: typeof error };
  return {
    type: error.name,
    message: error.message,
    ...("code" in error && { code: String(error.code) }),
    stack: error.stack,
  };
}
