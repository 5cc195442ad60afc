/** An answer that is not a success. */
export class HttpProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "HttpProblem";
    this.status = status;
  }
}

export interface Call {
  readonly method?: string;
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly body?: unknown;
  /** How long an answer is waited for; 15 s, if nothing is said. */
  readonly patienceMs?: number;
}

/** One request with JSON both ways. @throws HttpProblem with what the server said. */
export async function callJson(url: string, call: Call = {}): Promise<unknown> {
  const method = call.method ?? "GET";
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/json",
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...(call.key === undefined ? {} : { authorization: `Bearer ${call.key}` }),
      ...(call.idempotencyKey === undefined ? {} : { "idempotency-key": call.idempotencyKey }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    signal: AbortSignal.timeout(call.patienceMs ?? 15_000),
  }).catch((error: unknown) => {
    throw new Error(`${method} ${url} was not answered`, { cause: error });
  });
  const text = await response.text();
  if (!response.ok)
    throw new HttpProblem(
      response.status,
      `${method} ${url} answered ${response.status}: ${text.slice(0, 400)}`,
    );
  return text === "" ? undefined : JSON.parse(text);
}
