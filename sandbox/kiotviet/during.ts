import { randomUUID } from "node:crypto";
import * as z from "zod";
import { applyChange, shopChange } from "./changes.ts";
import { KiotVietError } from "./errors.ts";
import type { Shop } from "./shop.ts";

/** When it happens: before the answer of a call is made, or when it is made but not sent. */
const MOMENTS = ["before", "after"] as const;

type Moment = (typeof MOMENTS)[number];

export const hookBody = z.strictObject({
  id: z.string().optional(),
  /** Whose calls count; of any shop without it. */
  shop: z.string().optional(),
  /** Path of the GETs that count, such as `/products`. */
  path: z.string().transform((path) => path.replace(/^\/kiotviet/, "")),
  moment: z.enum(MOMENTS).default("after"),
  /** The first GET that is met, counted from when the hook was set, and how many after it. */
  nth: z.number().int().min(1).default(1),
  times: z.number().int().min(1).default(1),
  changes: z.array(shopChange).min(1),
});

export interface Hook {
  readonly rule: z.infer<typeof hookBody> & { id: string };
  matched: number;
  given: number;
  /** Why a change could not be made: nothing of it shows in the call. */
  problem?: string;
}

/** Changes that are to happen while a client reads. */
export class Hooks {
  readonly #held = new Map<string, Hook>();

  add(rule: z.infer<typeof hookBody>): Hook {
    const hook = { rule: { ...rule, id: rule.id ?? randomUUID() }, matched: 0, given: 0 };
    this.#held.set(hook.rule.id, hook);
    return hook;
  }

  all(): Hook[] {
    return [...this.#held.values()];
  }

  clear(): void {
    this.#held.clear();
  }

  /** Counts a GET, and answers whose turn it is. */
  meet({ credentials }: Shop, path: string): Hook[] {
    return this.all().filter((hook) => {
      const { rule } = hook;
      if (rule.path !== path || (rule.shop ?? credentials.retailer) !== credentials.retailer)
        return false;
      hook.matched += 1;
      return hook.matched >= rule.nth && hook.given < rule.times;
    });
  }

  run(shop: Shop, hooks: readonly Hook[], moment: Moment): void {
    for (const hook of hooks) {
      if (hook.rule.moment !== moment) continue;
      hook.given += 1;
      for (const change of hook.rule.changes) tryChange(shop, hook, change);
    }
  }
}

function tryChange(shop: Shop, hook: Hook, change: z.infer<typeof shopChange>): void {
  try {
    applyChange(shop, change);
  } catch (error) {
    if (!(error instanceof KiotVietError)) throw error;
    hook.problem = error.message;
  }
}
