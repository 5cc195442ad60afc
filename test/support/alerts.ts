import { randomUUID } from "node:crypto";
import { notify } from "../../activities/notify.ts";
import { watch } from "../../activities/watch.ts";
import { createTarget } from "../../db/notification-targets.ts";
import type { Message } from "../../notifiers/message.ts";
import type { Notifiers, Target } from "../../notifiers/index.ts";
import type { Engine } from "./engine.ts";

type Team = Awaited<ReturnType<Engine["connect"]>>;

/** A target that keeps what it gets, and does first what a test wants. */
export function recorder() {
  const got: { target: Target; message: Message; at: number }[] = [];
  const sink = {
    got,
    /** Before a message is taken: throws in its place. */
    before: async (_target: Target, _message: Message): Promise<void> => undefined,
    /** After it was taken, before anybody hears of it. */
    after: async (): Promise<void> => undefined,
    /** Ids of the notices that arrived, as often as they did. */
    arrived: () => got.flatMap(({ message }) => message.notices.map(({ id }) => id)),
  };
  const notifiers: Notifiers = {
    canMail: true,
    accept: (_kind, address) => ({ address, tail: "…" }),
    send: async (target, message) => {
      await sink.before(target, message);
      got.push({ target, message, at: Date.now() });
      await sink.after();
      return "receipt";
    },
  };
  return { ...sink, sink, notifiers };
}

export async function makeTarget(
  team: Team,
  more: Partial<Parameters<typeof createTarget>[2]> = {},
): Promise<string> {
  const id = randomUUID();
  await team.deps.db.withCompany(team.companyId, (tx) =>
    createTarget(tx, team.deps.keys, {
      id,
      companyId: team.companyId,
      kind: "slack",
      name: "Ops",
      address: `https://hooks.slack.com/services/${id}`,
      tail: "…",
      minSeverity: "info",
      secret: null,
      ...more,
    }),
  );
  return id;
}

/** One tick of the watch; answers the companies whose senders it starts. */
export async function tick(team: Team): Promise<string[]> {
  const started: string[] = [];
  await watch(team.deps, async (companyId) => void started.push(companyId));
  return started;
}

/** What the sender's workflow does: sends until nothing is due soon. */
export async function sendAll(team: Team, notifiers: Notifiers): Promise<void> {
  for (;;) {
    const { againInMs } = await notify(team.deps, notifiers, team.companyId);
    if (againInMs === null || againInMs > 5_000) return;
    await new Promise((resolve) => setTimeout(resolve, Math.max(10, againInMs)));
  }
}

export const noticesOf = (engine: Engine, { companyId }: { companyId: string }) =>
  engine.psql<{ id: number; kind: string; severity: string; message: string }>(
    "select id::int, kind, severity, message from notices where company_id = $1 order by id",
    [companyId],
  );

export const deliveriesOf = (engine: Engine, { companyId }: { companyId: string }) =>
  engine.psql<{
    notice_id: string;
    target_id: string;
    state: string;
    attempts: number;
    error: string | null;
    message_id: string | null;
  }>("select * from deliveries where company_id = $1 order by id", [companyId]);
