import type { Patience } from "../db/client.ts";
import { Problem } from "./problems.ts";

/** Whoever calls is told within five seconds that Postgres hangs. */
export const databasePatience: Patience = { beginMs: 4_000, workMs: 15_000 };

const longestMs = 3_000;

/**
 * Waits for Temporal a bounded time: its client tries again for far longer than a caller should wait.
 * What was asked may still come through later; everything that is asked here can be asked again.
 * @throws Problem 503
 */
export async function patiently<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Temporal has not answered within ${longestMs} ms`)),
      longestMs,
    );
  });
  try {
    return await Promise.race([asked, late]);
  } catch (cause) {
    throw new Problem("temporal_unavailable", "This needs Temporal, which does not answer.", {
      retryAfterSeconds: 5,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}
