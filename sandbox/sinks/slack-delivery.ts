import { asString } from "../json.ts";
import { parseObject } from "./answer.ts";

/** Section 2: who has not answered by then has failed the user. */
const ANSWER_WITHIN_MS = 3000;

export interface SignedRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What the person who typed the command sees at once. */
interface Shown {
  readonly as: "nothing" | "ephemeral" | "in_channel" | "error";
  readonly text: string;
}

export interface CommandAnswer {
  /** Null if nothing came in time. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly durationMs: number;
  readonly error: string | undefined;
  readonly shown: Shown;
}

export async function deliver({
  method,
  url,
  headers,
  body,
}: SignedRequest): Promise<CommandAnswer> {
  const started = performance.now();
  const passed = (): number => Math.round(performance.now() - started);
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body }),
    });
    const { status } = response;
    const text = await response.text();
    return {
      status,
      headers: Object.fromEntries(response.headers),
      body: text,
      durationMs: passed(),
      error: undefined,
      shown: shownOf(status, text),
    };
  } catch (thrown) {
    const late = thrown instanceof Error && thrown.name === "TimeoutError";
    const error = late ? "operation_timeout" : "dispatch_failed";
    const shown = { as: "error", text: `failed with the error "${error}"` } as const;
    return { status: null, headers: {}, body: "", durationMs: passed(), error, shown };
  }
}

/** Section 2: empty, text or JSON with 200; any other status is an error to the user. */
function shownOf(status: number, body: string): Shown {
  if (status !== 200) return { as: "error", text: `failed with the error "http_${status}"` };
  const { response_type: type, text = body } = parseObject(body) ?? {};
  if (body.trim() === "") return { as: "nothing", text: "" };
  return { as: type === "in_channel" ? "in_channel" : "ephemeral", text: asString(text) ?? "" };
}
