import { setTimeout as sleep } from "node:timers/promises";

/** Looks again and again until there is something to see. @throws after `withinMs` */
export async function until<T>(
  look: () => Promise<T | null | false | undefined>,
  withinMs = 30_000,
): Promise<T> {
  for (const end = Date.now() + withinMs; ; await sleep(40)) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it did not come to pass within ${withinMs} ms: ${look}`);
  }
}
