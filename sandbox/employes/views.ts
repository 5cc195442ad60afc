import { midnight } from "./dates.ts";
import type { Employes } from "./employes.ts";
import { lotOf } from "./ids.ts";
import {
  type Company,
  earliest,
  type Employee,
  type Employment,
  employmentOn,
  type Slice,
  SLICE_KINDS,
  sliceOn,
} from "./objects.ts";
import type { Json, JsonObject } from "../json.ts";

export function companyView({ id, name }: Company): JsonObject {
  return { id, name };
}

/** Days are shown as their midnights. */
function shown(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const entries = Object.entries(fields).map(([name, value]) => {
    const isDay = name.endsWith("_date") || name === "date_of_birth";
    return [name, isDay && typeof value === "string" ? midnight(value) : value];
  });
  return Object.fromEntries(entries) as JsonObject;
}

export function employeeView(employes: Employes, employee: Employee): JsonObject {
  const { id, companyId, fields, createdAt, updatedAt } = employee;
  const embedded = embeddedEmployment(employes, employee);
  return {
    id,
    administration_id: companyId,
    ...shown(fields),
    dt_create: createdAt,
    dt_update: updatedAt,
    ...(embedded === undefined ? {} : { employment: embedded }),
  };
}

/** The same as the list has it, which leaves the employment of some out. */
export function listedView(employes: Employes, employee: Employee, reading: number): JsonObject {
  const view = employeeView(employes, employee);
  const { withoutEmployment } = employes.settings;
  const lot = withoutEmployment === "flicker" ? `${employee.id} ${reading}` : employee.id;
  const lacks = withoutEmployment === "all" || lotOf(lot, 4) === 0;
  if (withoutEmployment !== "none" && lacks) delete view["employment"];
  return view;
}

/** What holds today, of each kind one slice; of somebody who has yet to begin, what will hold first. */
function embeddedEmployment(employes: Employes, employee: Employee): JsonObject | undefined {
  const today = employes.today();
  const employment = employmentOn(employee, today);
  if (employment === undefined) return undefined;
  const current = (slices: readonly Slice[]): JsonObject =>
    shown(sliceOn(slices, today) ?? earliest(slices) ?? {});
  const { start_date, end_date, contracts, hours, salary, tax_details } = employment;
  return {
    ...shown({ start_date, end_date }),
    contract: contractView(current(contracts), current(hours)),
    salary: picked(current(salary), ["start_date", "hour_wage", "month_wage", "yearly_wage"]),
    tax_details: picked(current(tax_details), ["start_date", "is_reduction_applied"]),
  };
}

/** Dates of the contract and the hours that are worked under it, in one. */
function contractView(contract: JsonObject, hours: JsonObject): JsonObject {
  return {
    ...picked(contract, ["start_date", "end_date"]),
    ...picked(hours, [
      "hours_per_week",
      "max_hours",
      "min_hours",
      "days_per_week",
      "employee_type",
    ]),
  };
}

function picked(fields: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

export function employmentView(employment: Employment): JsonObject {
  const { id, start_date, end_date, is_active } = employment;
  const slices = SLICE_KINDS.map((kind) => [kind, employment[kind].map(shown)]);
  return { id, ...shown({ start_date, end_date }), is_active, ...Object.fromEntries(slices) };
}
