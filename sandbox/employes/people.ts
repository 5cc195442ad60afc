import { randomUUID } from "node:crypto";
import * as z from "zod";
import { EMPTY_TIME, stampOf } from "./dates.ts";
import { day, employmentBody, id, personBody } from "./bodies.ts";
import { EmployesError } from "./errors.ts";
import type { Employes } from "./employes.ts";
import { madeEmployment } from "./employment-acts.ts";
import { blankPerson, newSlices } from "./new-person.ts";
import {
  type Employee,
  employmentOn,
  isOpenAfter,
  type PersonFields,
  type Slice,
  SLICE_KINDS,
} from "./objects.ts";
import { settle } from "./settle.ts";

export const upsertBody = z.strictObject({
  company: id.optional(),
  employee: personBody,
  employments: z.array(employmentBody).optional(),
});

/** Makes a person, or changes the fields that are given of one; employments are replaced where there are any. */
export function upsert(employes: Employes, body: z.infer<typeof upsertBody>): Employee {
  const { id: employeeId = randomUUID(), fields } = body.employee;
  const employee = employes.employees.get(employeeId) ?? added(employes, employeeId, body.company);
  employes.record(employeeId, () => {
    employes.employees.set(employeeId, employee);
    Object.assign(employee.fields, fields);
    if (body.employments === undefined) return;
    employee.employments = body.employments.map(madeEmployment);
    settle(employee, employes.today());
  });
  return employee;
}

/** Somebody who is not yet among the others. */
function added(employes: Employes, employeeId: string, companyId: string | undefined): Employee {
  const company = employes.company(companyId);
  const numbers = employes.staff(company.id).map(({ fields }) => Number(fields["employee_number"]));
  const fields = blankPerson(Math.max(0, ...numbers) + 1);
  const updatedAt = stampOf(employes.clock.now(), 0);
  return {
    id: employeeId,
    companyId: company.id,
    fields,
    employments: [],
    createdAt: EMPTY_TIME,
    updatedAt,
  };
}

export const hireBody = z.strictObject({
  company: id.optional(),
  first_name: z.string().min(1),
  surname_prefix: z.string().default(""),
  surname: z.string().min(1),
  /** The first day; today unless it is said. */
  from: day.optional(),
  until: day.nullable().default(null),
  hours_per_week: z.number().positive().default(40),
  days_per_week: z.number().positive().default(5),
  month_wage: z.number().min(0).default(3000),
  department: z.string().optional(),
});

export function hire(employes: Employes, body: z.infer<typeof hireBody>): Employee {
  const { company, first_name, surname_prefix, surname, department } = body;
  const today = employes.today();
  const from = body.from ?? today;
  const fields: Partial<PersonFields> = {
    first_name,
    initials: `${first_name.slice(0, 1)}.`,
    surname_prefix,
    surname,
    status: from > today ? "pending" : "active",
    ...(department === undefined ? {} : { department }),
  };
  const slices = newSlices({ ...body, from });
  const employment = { id: undefined, start_date: from, end_date: body.until, ...slices };
  const employee = { id: undefined, fields: fields as PersonFields };
  return upsert(employes, { company, employee, employments: [employment] });
}

export const leaveBody = z.strictObject({ employee: id, on: day.optional() });

/** Ends the employment and every slice of it; what was planned for later is taken back. */
export function leave(employes: Employes, body: z.infer<typeof leaveBody>): Employee {
  const employee = employes.employee(body.employee);
  const today = employes.today();
  const on = body.on ?? today;
  const employment = employmentOn(employee, on);
  if (employment !== undefined && employment.start_date > on)
    throw new EmployesError(422, "The employment has not begun by then.");
  if (employment !== undefined && !isOpenAfter(employment, on) && employment.end_date !== on)
    throw new EmployesError(422, "The employment is over by then.");
  employes.record(employee.id, () => {
    if (employment !== undefined) {
      employment.end_date = on;
      for (const kind of SLICE_KINDS) employment[kind] = ended(employment[kind], on);
    }
    settle(employee, today);
    if (on <= today) employee.fields.status = "out of service";
  });
  return employee;
}

function ended(slices: readonly Slice[], on: string): Slice[] {
  return slices
    .filter(({ start_date: start }) => start <= on)
    .map((slice) => (isOpenAfter(slice, on) ? { ...slice, end_date: on } : slice));
}

export const deleteBody = z.strictObject({ employee: id });

/** Employes itself keeps those who leave; this is what it does to somebody entered by mistake. */
export function remove(employes: Employes, body: z.infer<typeof deleteBody>): undefined {
  const employee = employes.employee(body.employee);
  employes.record(employee.id, () => {
    employes.employees.delete(employee.id);
    employes.failing.delete(employee.id);
    employes.visibility.delete(employee.id);
  });
}
