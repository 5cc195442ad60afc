import pino, { type Logger } from "pino";

export type Log = Logger;

/**
 * JSON lines to stdout. A line is a fact and its ids: never an event's text, a name or a token.
 * The paths below are a second net for what slips through.
 */
export function createLog(name: string, level: string): Log {
  return pino({
    name,
    level,
    redact: {
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
    },
    serializers: { err: errorFacts },
  });
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
