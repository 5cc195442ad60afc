import type { Day } from "./dates.ts";
import type { Json } from "../json.ts";

export interface Company {
  readonly id: string;
  name: string;
}

/** A stretch of time in which something held. It has no id; an end can be null, or lacking altogether. */
export interface Slice {
  start_date: Day;
  end_date?: Day | null | undefined;
  [field: string]: Json | undefined;
}

/** The kinds of slices, as the keys of an employment. */
export const SLICE_KINDS = ["contracts", "hours", "salary", "tax_details"] as const;

export type SliceKind = (typeof SLICE_KINDS)[number];

export interface Employment extends Record<SliceKind, Slice[]> {
  readonly id: string;
  start_date: Day;
  end_date: Day | null;
  is_active: boolean;
}

/** What Employes shows of a person, without what it makes up while it shows it. */
export interface PersonFields {
  status: "pending" | "active" | "out of service";
  yearly_wage: number | null;
  [field: string]: Json;
}

export interface Employee {
  readonly id: string;
  readonly companyId: string;
  readonly fields: PersonFields;
  employments: Employment[];
  createdAt: string;
  updatedAt: string;
}

/** Calls about one person that never succeed. */
export interface Failing {
  readonly detail: boolean;
  readonly employments: boolean;
}

/** Where a person who is still there can be found. */
export interface Visibility {
  readonly list: boolean;
  readonly get: boolean;
}

/** The slice that holds on a day: that with the latest start which is not after it. */
export function sliceOn(slices: readonly Slice[], day: Day): Slice | undefined {
  return latest(slices.filter(({ start_date: start }) => start <= day));
}

/** The employment that a person has on a day, or the last one before it, or else the first to come. */
export function employmentOn(employee: Employee, day: Day): Employment | undefined {
  const begun = employee.employments.filter(({ start_date: start }) => start <= day);
  return latest(begun) ?? earliest(employee.employments);
}

function latest<T extends { start_date: Day }>(all: readonly T[]): T | undefined {
  return all.toSorted((a, b) => a.start_date.localeCompare(b.start_date)).at(-1);
}

export function earliest<T extends { start_date: Day }>(all: readonly T[]): T | undefined {
  return all.toSorted((a, b) => a.start_date.localeCompare(b.start_date))[0];
}

/** Whether a slice or an employment goes on after a day. */
export function isOpenAfter({ end_date: end }: Pick<Slice, "end_date">, on: Day): boolean {
  return end === null || end === undefined || end > on;
}
