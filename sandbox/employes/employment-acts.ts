import { randomUUID } from "node:crypto";
import * as z from "zod";
import { day, employmentBody, id, looseFields, sliceKind } from "./bodies.ts";
import { addDays, type Day } from "./dates.ts";
import { EmployesError } from "./errors.ts";
import type { Employes } from "./employes.ts";
import { hoursFields, wageFields } from "./new-person.ts";
import {
  earliest,
  type Employee,
  type Employment,
  employmentOn,
  isOpenAfter,
  type Slice,
  sliceOn,
} from "./objects.ts";
import { settle } from "./settle.ts";

export const setEmploymentsBody = z.strictObject({
  employee: id,
  employments: z.array(employmentBody),
});

export function madeEmployment(body: z.infer<typeof employmentBody>): Employment {
  return { ...body, id: body.id ?? randomUUID(), is_active: false };
}

export function setEmployments(
  employes: Employes,
  body: z.infer<typeof setEmploymentsBody>,
): Employee {
  return change(employes, body.employee, (employee) => {
    employee.employments = body.employments.map(madeEmployment);
  });
}

function change(
  employes: Employes,
  employeeId: string,
  act: (employee: Employee) => void,
): Employee {
  const employee = employes.employee(employeeId);
  employes.record(employeeId, () => {
    act(employee);
    settle(employee, employes.today());
  });
  return employee;
}

export const hoursBody = z.strictObject({
  employee: id,
  from: day,
  hours_per_week: z.number().positive(),
  days_per_week: z.number().positive().default(5),
});

export function changeHours(employes: Employes, body: z.infer<typeof hoursBody>): Employee {
  const { employee, from, hours_per_week, days_per_week } = body;
  return change(employes, employee, (one) => {
    startSlice(employmentAt(one, from).hours, from, hoursFields(hours_per_week, days_per_week));
  });
}

export const salaryBody = z.strictObject({
  employee: id,
  from: day,
  month_wage: z.number().min(0),
});

export function changeSalary(employes: Employes, body: z.infer<typeof salaryBody>): Employee {
  const { employee, from, month_wage } = body;
  return change(employes, employee, (one) => {
    const { hours, salary } = employmentAt(one, from);
    const perWeek = Number(sliceOn(hours, from)?.["hours_per_week"] ?? 40);
    startSlice(salary, from, wageFields(month_wage, perWeek));
  });
}

function employmentAt(employee: Employee, on: Day): Employment {
  const employment = employmentOn(employee, on);
  const isOver = employment !== undefined && !isOpenAfter(employment, addDays(on, -1));
  if (employment === undefined || isOver || employment.start_date > on)
    throw new EmployesError(422, `There is no employment on ${on}.`);
  return employment;
}

/** From a day on something else holds, until what is planned next. */
function startSlice(slices: Slice[], from: Day, fields: Omit<Slice, "start_date">): void {
  const same = slices.find(({ start_date: start }) => start === from);
  if (same !== undefined) {
    Object.assign(same, fields);
    return;
  }
  const held = sliceOn(slices, from);
  const dayBefore = addDays(from, -1);
  if (held !== undefined && isOpenAfter(held, dayBefore)) held.end_date = dayBefore;
  const next = earliest(slices.filter(({ start_date: start }) => start > from));
  const end = next === undefined ? null : addDays(next.start_date, -1);
  slices.push({ start_date: from, end_date: end, ...fields });
  slices.sort((a, b) => a.start_date.localeCompare(b.start_date));
}

export const correctBody = z.strictObject({
  employee: id,
  kind: sliceKind,
  /** The start of the slice, and that of its employment where there are several. */
  start_date: day,
  employment: day.optional(),
  set: looseFields,
});

/** Changes a slice as it stands, be it long over: what was once true never was. */
export function correct(employes: Employes, body: z.infer<typeof correctBody>): Employee {
  const { employee, kind, start_date: start, employment, set } = body;
  return change(employes, employee, ({ employments }) => {
    const slice = employments
      .filter((one) => employment === undefined || one.start_date === employment)
      .flatMap((one) => one[kind])
      .find((one) => one.start_date === start);
    if (slice === undefined) throw new EmployesError(404, `Nothing in ${kind} starts on ${start}.`);
    Object.assign(slice, set);
  });
}
