import type { changes } from "./schema/sessions.ts";

/** One row of the why-trail. */
export type Change = typeof changes.$inferSelect;
