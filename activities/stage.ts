import { Context } from "@temporalio/activity";
import type { Cursor, Page } from "../connectors/connector.ts";
import { CursorExpired, InvalidResponse } from "../connectors/errors.ts";
import { requireCurrent } from "../db/attempts.ts";
import { databaseNow } from "../db/clock.ts";
import { readCursor } from "../db/cursors.ts";
import { addPage, forgetPages, readPage, type StagedPage } from "../db/plan-pages.ts";
import type { EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import type { StepResult } from "./failures.ts";
import { notYetListed } from "./not-yet-listed.ts";
import { type Attempt, runStep, type StepInput } from "./step.ts";

export interface StageInput extends StepInput {
  planId: string;
  stream: string;
}

/** A page that is kept for a plan, with what the provider was asked for beside it. */
export interface Staged {
  page: Page<EventItem>;
  /** Links that a list which lags behind does not hold yet, and that are there. */
  there: string[];
  /** The listing goes on where an ordinary session left it. */
  resumed: boolean;
}

type Place = Omit<StagedPage<Staged>, "page"> & { cursor: Cursor | null; resumed: boolean };

/**
 * Lists what has changed since the stored cursor and keeps the pages for a plan. Neither a cursor nor an
 * item is stored; what an earlier attempt has kept is gone on with.
 */
export function stage(deps: ActivityDeps, input: StageInput): Promise<StepResult> {
  return runStep(deps, input, async (attempt) => {
    const last = await deps.db.withCompany(input.companyId, (tx) =>
      readPage<Staged>(tx, input, "last"),
    );
    if (last?.page.page.last) return { outcome: "done" };
    try {
      return await stageFrom(deps, attempt, input, last ? after(last) : await begin(deps, input));
    } catch (error) {
      if (!(error instanceof CursorExpired)) throw error;
      await deps.db.withCompany(input.companyId, (tx) =>
        forgetPages(tx, input.planId, input.stream),
      );
      const anew = { ...(await begin(deps, input)), cursor: null, resumed: false };
      return stageFrom(deps, attempt, input, anew);
    }
  });
}

const after = ({ seq, page, startedAt }: StagedPage<Staged>): Place => ({
  seq: seq + 1,
  startedAt,
  cursor: page.page.cursor,
  resumed: page.resumed,
});

function begin(deps: ActivityDeps, input: StageInput): Promise<Place> {
  return deps.db.withCompany(input.companyId, async (tx) => {
    const { cursor } = await readCursor(tx, input.connectionId, input.stream);
    const resumed = cursor !== null && "pageToken" in cursor;
    return { seq: 0, startedAt: await databaseNow(tx), cursor, resumed };
  });
}

async function stageFrom(
  deps: ActivityDeps,
  attempt: Attempt,
  input: StageInput,
  { seq: first, startedAt, cursor, resumed }: Place,
): Promise<StepResult> {
  const { cancellationSignal: signal } = Context.current();
  const end = deps.now() + deps.config.ACTIVITY_BUDGET_MS;
  let seq = first;
  for await (const page of attempt.opened.remote.pull(input.stream, cursor, signal)) {
    deps.crash("page fetched");
    const there = await notYetListed(deps, attempt, page, signal);
    const staged = { seq, startedAt, page: { page, there, resumed } };
    await deps.db.withCompany(input.companyId, async (tx) => {
      await requireCurrent(tx, input.connectionId, attempt.epoch);
      await addPage<Staged>(tx, input, staged);
    });
    deps.crash("page stored");
    if (page.last) return { outcome: "done" };
    if (deps.now() > end) return { outcome: "more" };
    seq += 1;
  }
  throw new InvalidResponse("the listing ended without a last page");
}
