import type { ActivityDeps } from "./deps.ts";
import { storeAnswer, storeDeletion } from "./push-answer.ts";
import { call, locate, type Sent, verify } from "./push-look.ts";
import type { Send } from "./push-decide.ts";
import { recover } from "./push-recover.ts";
import type { Attempt } from "./step.ts";

/**
 * Does one thing at the provider and stores the answer. Each ends with its intent closed, except where
 * the outcome is unknown: then the next attempt looks first.
 * @throws RateLimited, Unauthenticated, Forbidden, CollectionMissing: the session's matter, not the item's
 */
export async function send(
  deps: ActivityDeps,
  attempt: Attempt,
  work: Send,
  signal: AbortSignal,
): Promise<Sent> {
  const write = attempt.opened.remote.write;
  if (!write) throw new Error(`${attempt.opened.provider} cannot be written`);
  try {
    if (work.kind === "locate") return await locate(deps, attempt, write, work, signal);
    if (work.kind === "verify") return await verify(deps, attempt, write, work, signal);
    if (work.intent.kind === "delete") {
      await write.delete(work.link.remoteId ?? "", work.link.remoteVersion, signal);
      deps.crash("write sent");
      await storeDeletion(deps, attempt, work);
    } else {
      const answer = await call(write, work, signal);
      deps.crash("write sent");
      await storeAnswer(deps, attempt, work, answer);
    }
    deps.crash("answer stored");
    return "sent";
  } catch (error) {
    return recover({ deps, attempt, work }, write, error, signal);
  }
}
