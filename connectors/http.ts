import { InvalidResponse, Unavailable } from "./errors.ts";

/**
 * One HTTP exchange under a deadline and a size cap. It never retries, follows no redirect and puts
 * neither addresses, headers nor bodies into its errors: those may hold tokens or an event's text.
 */
export interface HttpRequest {
  /** How errors name the call, such as `events.list`. */
  name: string;
  url: URL | string;
  method: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
}

export interface HttpLimits {
  /** The caller's wish to stop. */
  signal: AbortSignal;
  /** From the first byte sent to the last byte read: connecting and slow bodies included. */
  timeoutMs: number;
  /** Counted after decompression, so that a small body cannot unfold into a large one. */
  maxBytes: number;
  now: () => number;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
  sentAt: number;
  receivedAt: number;
}

const hour = 3_600_000;

/** @throws Unavailable, InvalidResponse */
export async function send(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  const sentAt = limits.now();
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers ?? {},
      body: request.body ?? null,
      redirect: "manual",
      signal: AbortSignal.any([limits.signal, deadline]),
    });
    const text = await readText(response, limits.maxBytes, request.name);
    const { status, headers } = response;
    return { status, headers, text, sentAt, receivedAt: limits.now() };
  } catch (error) {
    if (error instanceof InvalidResponse) throw error;
    if (limits.signal.aborted) throw new Unavailable(`${request.name}: stopped by the caller`);
    if (deadline.aborted) {
      throw new Unavailable(`${request.name}: no complete answer within ${limits.timeoutMs} ms`);
    }
    throw brokenExchange(request.name, codeOf(error));
  }
}

async function readText(response: Response, maxBytes: number, name: string): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new InvalidResponse(`${name}: the answer is larger than ${maxBytes} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "the connection failed";
}

/** Bytes that cannot be decompressed or decoded came from somebody else than the provider. */
function brokenExchange(name: string, code: string): Unavailable | InvalidResponse {
  const undecodable = code.startsWith("Z_") || code === "ERR_ENCODING_INVALID_ENCODED_DATA";
  return undecodable
    ? new InvalidResponse(`${name}: the answer cannot be decoded (${code})`)
    : new Unavailable(`${name}: ${code}`);
}

/** @throws InvalidResponse for anything but JSON: a proxy's HTML, a body that was cut short */
export function parseJson(answer: HttpAnswer, name: string): unknown {
  try {
    return JSON.parse(answer.text) as unknown;
  } catch {
    throw new InvalidResponse(`${name}: the answer is not JSON (status ${answer.status})`);
  }
}

/**
 * The pause that `Retry-After` asks for, or null where there is none to believe. RFC 9110 allows
 * seconds or a date; a date is read against the provider's own clock. Beyond an hour is an hour.
 */
export function retryAfterMs(answer: HttpAnswer): number | null {
  const value = answer.headers.get("retry-after")?.trim() ?? "";
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : untilDate(value, answer);
  return wait > 0 ? Math.min(wait, hour) : null;
}

function untilDate(value: string, answer: HttpAnswer): number {
  if (!/^[A-Z][a-z]{2}, .* GMT$/.test(value)) return 0;
  const providerNow = Date.parse(answer.headers.get("date") ?? "");
  const now = Number.isNaN(providerNow) ? answer.receivedAt : providerNow;
  const wait = Date.parse(value) - now;
  return Number.isNaN(wait) ? 0 : wait;
}

/**
 * The provider's clock minus ours. The header counts whole seconds and the exchange takes time: a
 * difference that these two can explain is none.
 */
export function clockOffset(answer: HttpAnswer): number | null {
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(date)) return null;
  const least = date - answer.receivedAt;
  const most = date + 1000 - answer.sentAt;
  return least <= 0 && most >= 0 ? 0 : Math.round((least + most) / 2);
}
