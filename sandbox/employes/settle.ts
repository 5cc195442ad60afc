import type { Day } from "./dates.ts";
import { type Employee, employmentOn, sliceOn } from "./objects.ts";

/** Brings what Employes works out of the slices up to a day: which employments are active, and what is earned. */
export function settle(employee: Employee, today: Day): void {
  for (const employment of employee.employments) {
    const { start_date: start, end_date: end } = employment;
    employment.is_active = start <= today && (end === null || end > today);
  }
  const salary = sliceOn(employmentOn(employee, today)?.salary ?? [], today);
  if (salary !== undefined) employee.fields.yearly_wage = Number(salary["yearly_wage"] ?? 0);
}

/** A person begins, or is gone, when the day comes; what was said of the status before is left alone. */
export function beginOrEnd({ fields, employments }: Employee, since: Day, today: Day): void {
  const came = (day: Day | null): boolean => day !== null && day > since && day <= today;
  const begins = employments.some(({ start_date: start }) => came(start));
  if (fields.status === "pending" && begins) fields.status = "active";
  const isOver = employments.every(({ end_date: end }) => end !== null && end <= today);
  const ends = employments.some(({ end_date: end }) => came(end));
  if (fields.status === "active" && ends && isOver) fields.status = "out of service";
}
