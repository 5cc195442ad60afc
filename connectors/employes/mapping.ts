import type { Content, RecordItem } from "../records.ts";
import type { Row } from "./schemas.ts";
import { date, flag, number, type Read, text } from "./values.ts";

/**
 * The fields of Employes, by our names. All that is assumed of its shapes stands here and in the two
 * files it reads with (`schemas.ts`, `values.ts`). Names were seen in public code unless it says
 * otherwise (reference: 5; 6); other fields are ignored, for they may hold what only few may read.
 */
type Fields = Readonly<Record<string, readonly [name: string, read: Read]>>;

export interface Shape {
  content: Fields;
  /** What only owners and admins may read. */
  sensitive: Fields;
}

const wages: Fields = {
  hourWage: ["hour_wage", number],
  monthWage: ["month_wage", number],
  yearlyWage: ["yearly_wage", number],
};

/** Without `dt_update`, which may move while nothing else does, and the embedded `employment`. */
export const employee: Shape = {
  content: {
    employeeNumber: ["employee_number", number],
    typeId: ["employee_type_id", text],
    firstName: ["first_name", text],
    initials: ["initials", text],
    surnamePrefix: ["surname_prefix", text],
    surname: ["surname", text],
    gender: ["gender", text],
    status: ["status", text],
    department: ["department", text],
    departmentId: ["department_id", text],
    location: ["location", text],
    locationId: ["location_id", text],
    // Either is assumed.
    position: ["position", text],
    jobTitle: ["job_title", text],
    email: ["email", text],
    phone: ["phone_number", text],
    street: ["street", text],
    houseNumber: ["housenumber", text],
    houseNumberSuffix: ["housenumber_suffix", text],
    postalCode: ["zipcode", text],
    city: ["city", text],
    countryCode: ["country_code", text],
    nationality: ["nationality_id", text],
  },
  sensitive: {
    nationalNumber: ["personal_identification_number", text],
    iban: ["iban", text],
    dateOfBirth: ["date_of_birth", date],
    yearlyWage: ["yearly_wage", number],
  },
};

/** Besides, what only belongs to the whole picture of one person. */
export const detail: Shape = {
  ...employee,
  content: {
    ...employee.content,
    companyId: ["administration_id", text],
    createdOn: ["dt_create", date],
  },
};

export const span: Fields = { startDate: ["start_date", date], endDate: ["end_date", date] };

export const employment: Shape = {
  content: { ...span, isActive: ["is_active", flag] },
  sensitive: {},
};

const hours: Fields = {
  hoursPerWeek: ["hours_per_week", number],
  minHours: ["min_hours", number],
  maxHours: ["max_hours", number],
  daysPerWeek: ["days_per_week", number],
  employeeType: ["employee_type", text],
};

/** The slices of an employment, by our stream; `name` is theirs. */
export const slices: Readonly<Record<string, Shape & { name: string }>> = {
  contracts: {
    name: "contracts",
    content: {
      ...span,
      duration: ["contract_duration", text],
      isSigned: ["is_signed", flag],
      signDate: ["sign_date", date],
    },
    sensitive: {},
  },
  hours: { name: "hours", content: { ...span, ...hours }, sensitive: {} },
  // Singular, and an array all the same (reference: 6).
  salaries: { name: "salary", content: span, sensitive: wages },
  // As an array in the history it is assumed.
  "tax-details": {
    name: "tax_details",
    content: { ...span, isReductionApplied: ["is_reduction_applied", flag] },
    sensitive: {},
  },
};

/** What is current, as a person's entry in the list embeds it: hours stand within the contract. */
export const embedded: Readonly<Record<string, Fields>> = {
  contract: { ...span, ...hours },
  salary: { ...span, ...wages },
  tax_details: { ...span, isReductionApplied: ["is_reduction_applied", flag] },
};

/** @throws Unfit */
export function contentOf(row: Row, fields: Fields): Content {
  return Object.fromEntries(
    Object.entries(fields).map(([ours, [name, read]]) => [ours, read(row[name], name)]),
  );
}

/** @throws Unfit */
export function itemOf(row: Row, { content, sensitive }: Shape): RecordItem {
  const secret = contentOf(row, sensitive);
  const item = { content: contentOf(row, content) };
  return Object.keys(secret).length === 0 ? item : { ...item, sensitive: secret };
}
