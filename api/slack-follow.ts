import type { Deps } from "./deps.ts";
import { fiveNumbers, whenEnded } from "./session-end.ts";
import { followMs, type Later } from "./slack-answer.ts";
import { slackText } from "./slack-text.ts";

let following = 0;
const mostFollowed = 200;

/** Tells how a session has ended, once it has. A process that ends meanwhile tells nobody. */
export function follow(
  deps: Deps,
  of: { companyId: string; sessionId: string },
  later: Later,
): void {
  if (following >= mostFollowed) return;
  following += 1;
  whenEnded(deps, of, followMs)
    .then((session) => {
      if (session === null) return undefined;
      const { created, updated, deleted, unchanged, failed } = fiveNumbers(session);
      const numbers = `${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged, ${failed} failed`;
      const end = session.status === "error" ? `failed (${session.error ?? "?"})` : "has ended";
      return later(slackText([`Session ${session.id} ${end}: ${numbers}`]));
    })
    .catch((err: unknown) => deps.log.warn({ err, ...of }, "a session could not be followed"))
    .finally(() => (following -= 1));
}
