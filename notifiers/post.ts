import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import { Permanent, Retry } from "./errors.ts";
import { type Address, type Resolve, vetted } from "./vet.ts";

export interface Limits {
  /** From the first look at the name to the last byte that is read. */
  timeoutMs: number;
  maxBytes: number;
  /** `host:port` that the operator vouches for: neither TLS nor an open address is asked of these. */
  allowed: ReadonlySet<string>;
  resolve: Resolve;
}

export interface Reply {
  status: number;
  /** As the header says. */
  retryAfter: string | undefined;
  /** What was read of the body. It decides what an answer means and is never shown to anybody. */
  text: string;
}

/** `host:port` with the port that the scheme stands for. */
export function placeOf(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}

const ports = new Set(["", "443", "8443"]);

/** Why nothing may be sent to an address, whatever its name resolves to; null where it may be. */
export function refusalOf(url: URL, allowed: ReadonlySet<string>): string | null {
  if (url.username !== "" || url.password !== "") return "must not hold a name or a password";
  if (allowed.has(placeOf(url)))
    return /^https?:$/.test(url.protocol) ? null : "must begin with https://";
  if (url.protocol !== "https:") return "must begin with https://";
  return ports.has(url.port) ? null : "must have port 443 or 8443";
}

/**
 * One POST. The address that was looked at is the one that is connected to, no redirect is followed, and
 * neither time nor size of the answer is the other side's to choose.
 *
 * @throws Permanent, Retry; an answer of any status is answered
 */
export async function post(
  url: URL,
  sending: { headers: Record<string, string>; body: string },
  limits: Limits,
): Promise<Reply> {
  const refusal = refusalOf(url, limits.allowed);
  if (refusal !== null) throw new Permanent(`the target's address ${refusal}`);
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  const pinned = limits.allowed.has(placeOf(url))
    ? null
    : await inTime(vetted(url.hostname, limits.resolve), deadline);
  const answer = await exchanged(url, sending, pinned, deadline);
  const { statusCode: status = 0, headers } = answer;
  return { status, retryAfter: headers["retry-after"], text: await read(answer, limits.maxBytes) };
}

function exchanged(
  url: URL,
  { headers, body }: { headers: Record<string, string>; body: string },
  pinned: Address | null,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(url, {
      method: "POST",
      agent: false,
      signal,
      headers: {
        ...headers,
        "content-length": String(Buffer.byteLength(body)),
        connection: "close",
      },
      ...(pinned && { lookup: pinnedLookup(pinned) }),
    });
    sent.once("response", resolve);
    sent.once("error", (error) => reject(brokenOff(error, signal)));
    sent.end(body);
  });
}

/** Answers the vetted address whatever the name resolves to by now. */
export function pinnedLookup({ address, family }: Address): LookupFunction {
  return (_host, options, done) =>
    options.all ? done(null, [{ address, family }]) : done(null, address, family);
}

/** Whatever becomes of the body, the status is known. */
async function read(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxBytes) break;
    }
  } catch {
    // Broken off, or slower than the deadline: what has come so far is all there is.
  }
  answer.destroy();
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}

function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () =>
        reject(new Retry("the target's name is not resolved in time")),
      );
    }),
  ]);
}

const neverArrived = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

function brokenOff(error: NodeJS.ErrnoException, signal: AbortSignal): Retry | Permanent {
  const { code = "the connection failed" } = error;
  if (signal.aborted) return new Retry("no answer in time", { maybeTaken: true });
  if (/CERT|SELF_SIGNED|TLS|SSL|EPROTO/.test(code))
    return new Retry(`the target's TLS is not accepted (${code})`);
  return new Retry(`the target is not reached (${code})`, { maybeTaken: !neverArrived.has(code) });
}
