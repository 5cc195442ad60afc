import type { PersonFields, Slice, SliceKind } from "./objects.ts";

/** Numbers that nobody can have. */
export const NO_BSN = "000000000";

export function falseIban(number: number): string {
  return `NL00TEST${String(number).padStart(10, "0")}`;
}

/** A person of whom nothing is known but the number. */
export function blankPerson(number: number): PersonFields {
  return {
    employee_type_id: 1,
    employee_number: number,
    first_name: "",
    initials: "",
    surname_prefix: "",
    surname: "",
    gender: "female",
    date_of_birth: "1990-01-01",
    nationality_id: "NL",
    personal_identification_number: NO_BSN,
    street: "Voorbeeldstraat",
    housenumber: "1",
    housenumber_suffix: "",
    zipcode: "1234AB",
    city: "Utrecht",
    country_code: "NL",
    iban: falseIban(number),
    email: `person${number}@example.test`,
    phone_number: `+316${String(number).padStart(8, "0")}`,
    status: "active",
    department: null,
    department_id: null,
    location: null,
    location_id: null,
    yearly_wage: null,
  };
}

export interface Terms {
  readonly from: string;
  readonly until: string | null;
  readonly hours_per_week: number;
  readonly days_per_week: number;
  readonly month_wage: number;
}

const FULL_WEEK = 40;
const WEEKS = 52;
const MONTHS = 12;

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

export function hoursFields(perWeek: number, daysPerWeek: number) {
  return {
    hours_per_week: perWeek,
    days_per_week: daysPerWeek,
    employee_type: perWeek >= FULL_WEEK ? "fulltime" : "parttime",
  };
}

/** A wage by the month, and what it is by the hour and by the year. */
export function wageFields(monthWage: number, hoursPerWeek: number) {
  const yearly = cents(monthWage * MONTHS);
  return {
    hour_wage: cents(yearly / WEEKS / hoursPerWeek),
    month_wage: monthWage,
    yearly_wage: yearly,
  };
}

/** One slice of each kind, as somebody begins. */
export function newSlices({ from, until, ...terms }: Terms): Record<SliceKind, Slice[]> {
  const { hours_per_week: hours, days_per_week: days, month_wage: wage } = terms;
  return {
    contracts: [
      {
        start_date: from,
        end_date: until,
        contract_duration: until === null ? "permanent" : "fixed",
        is_signed: true,
        sign_date: from,
      },
    ],
    hours: [{ start_date: from, end_date: null, ...hoursFields(hours, days) }],
    salary: [{ start_date: from, end_date: null, ...wageFields(wage, hours) }],
    tax_details: [{ start_date: from, is_reduction_applied: true }],
  };
}
