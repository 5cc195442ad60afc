import type { Activities } from "../activities/index.ts";
import { steps } from "./steps.ts";

/** Daily: channels that end soon are replaced, new before old. */
export async function renewChannels(): Promise<{ renewed: number; failed: number }> {
  const total = { renewed: 0, failed: 0 };
  for (let after: string | null = null; ;) {
    const batch: Awaited<ReturnType<Activities["renewChannels"]>> =
      await steps.renewChannels.executeWithOptions({ summary: "renew push channels" }, [after]);
    total.renewed += batch.renewed;
    total.failed += batch.failed;
    if (!batch.more) return total;
    after = batch.after;
  }
}

/** Every five minutes: rings that nobody serves and queue rows that are due get a session. */
export async function sweep(): Promise<{ rung: number; told: number }> {
  return steps.sweep.executeWithOptions({ summary: "rings and queue rows left behind" }, []);
}

/** One tick for all connections of a provider: only those with news get a session. */
export async function pollDue(provider: string): Promise<{ asked: number; news: number }> {
  return steps.pollDue.executeWithOptions({ summary: `ask for news: ${provider}` }, [provider]);
}

/** Nightly: finished queue rows, ended channels, old sessions and deleted events go; keys rotate. */
export async function cleanUp(): Promise<Record<string, number>> {
  return steps.cleanUp.executeWithOptions({ summary: "retention" }, []);
}

/** Every few seconds: people are told what has changed about their connections. */
export async function watch(): Promise<{ told: number; senders: number }> {
  return steps.watch.executeWithOptions({ summary: "what people have to be told" }, []);
}
