import type { z } from "zod";
import type { changeShape } from "../api/change-shape.ts";
import type { planShape, itemShape } from "../api/plan-shape.ts";
import type { recordShape } from "../api/record-shape.ts";
import type { scheduleShape } from "../api/schedule-shape.ts";
import type { logShape, sessionShape } from "../api/session-shape.ts";

/** What the API answers, as its own validators have it. */
export type { ConnectionAnswer as Connection } from "../api/connection-shape.ts";
export type { ConflictAnswer as Conflict } from "../api/conflicts.ts";
export type { ProofAnswer as Proof } from "../api/proof.ts";
export type { ApiKeyAnswer as ApiKey } from "../api/keys.ts";
export type { WhyAnswer as Why } from "../api/why.ts";
export type Change = z.output<typeof changeShape>;
export type Plan = z.output<typeof planShape>;
export type PlanItem = z.output<typeof itemShape>;
export type BusinessRecord = z.output<typeof recordShape>;
export type Schedule = z.output<typeof scheduleShape>;
export type Session = z.output<typeof sessionShape>;
export type SessionLog = z.output<typeof logShape>;

export interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}
