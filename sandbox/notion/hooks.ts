import * as z from "zod";
import { NotionError } from "./errors.ts";
import { parseId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import { actAsPerson, personAct } from "./person.ts";

/** When a person acts: before a call is served, between its work and its answer, or when the answer is made but not sent. */
export const MOMENTS = ["before", "applied", "after"] as const;

export type Moment = (typeof MOMENTS)[number];

export const hookBody = z.strictObject({
  id: z.string().optional(),
  /** Calls that count: an operation such as `pages.update`, of one page or of any. */
  operation: z.string(),
  page: z.string().optional(),
  moment: z.enum(MOMENTS).default("after"),
  /** The first call that is met, counted from when the hook was set, and how many after it. */
  nth: z.number().int().min(1).default(1),
  times: z.number().int().min(1).default(1),
  /** Without a page of its own, the act is done to the page of the call. */
  act: personAct,
});

export interface Hook {
  readonly rule: z.infer<typeof hookBody> & { id: string };
  matched: number;
  given: number;
  /** Why the act could not be done: nothing of it shows in the call. */
  problem?: string;
}

interface Happening {
  readonly operation: string;
  readonly moment: Moment;
  readonly pageId: string | undefined;
}

/** Lets persons do what they were to do at this moment of a call. */
export function runHooks(notion: Notion, { operation, moment, pageId }: Happening): void {
  for (const hook of notion.hooks.values()) {
    const { rule } = hook;
    if (rule.moment !== moment || rule.operation !== operation) continue;
    if (rule.page !== undefined && parseId(rule.page) !== pageId) continue;
    hook.matched += 1;
    if (hook.matched < rule.nth || hook.given >= rule.times) continue;
    hook.given += 1;
    actOnce(notion, hook, pageId);
  }
}

function actOnce(notion: Notion, hook: Hook, pageId: string | undefined): void {
  const { act } = hook.rule;
  try {
    actAsPerson(notion, { ...act, page: act.page ?? pageId });
  } catch (error) {
    if (!(error instanceof NotionError)) throw error;
    hook.problem = error.message;
  }
}
