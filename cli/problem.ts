import { type Exit, exits } from "./exits.ts";

/** What the API says has gone wrong (RFC 9457). */
export interface ProblemBody {
  title?: string;
  detail?: string;
  action?: string;
  code?: string;
  errors?: { in: string; pointer: string; message: string }[];
  instance?: string;
}

/** A refusal of the API's, with what it says about it. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly body: ProblemBody;
  constructor(status: number, body: ProblemBody) {
    super(body.title ?? `The API answered ${status}`);
    this.name = "ApiProblem";
    this.status = status;
    this.body = body;
  }
}

export function readProblem(text: string): ProblemBody {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return { detail: text.slice(0, 400) };
  }
}

/** Title, detail, what is wrong where, and what to do about it. */
export function problemText({ status, message, body }: ApiProblem): string {
  const { detail, errors = [], action, instance } = body;
  const wrong = errors
    .filter((one) => !detail?.includes(one.message))
    .map(({ in: part, pointer, message: what }) => `  ${part} ${pointer}: ${what}`);
  return [
    `${message}.`,
    ...(detail ? [detail] : []),
    ...wrong,
    ...(action ? [`What to do: ${action}`] : []),
    ...(status >= 500 && instance ? [instance] : []),
  ].join("\n");
}

/** Somebody has to do something before this can go on. */
const waiting = new Set(["plan_under_way", "not_connected"]);

export function exitOf({ status, body }: ApiProblem): Exit {
  if (body.code !== undefined && waiting.has(body.code)) return exits.waits;
  if (status === 401 || status === 403) return exits.refused;
  if (status === 404) return exits.notFound;
  if (status === 400 || status === 413 || status === 422) return exits.usage;
  return status === 429 || (status >= 502 && status <= 504) ? exits.unreachable : exits.failed;
}
