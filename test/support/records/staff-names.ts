import type { Names } from "./side.ts";

const span = { start_date: "startDate", end_date: "endDate" };

/** Written down a second time on purpose: what the connector calls them is what is tested. */
export const staffNames = {
  employees: {
    content: {
      employee_number: "employeeNumber",
      employee_type_id: "typeId",
      first_name: "firstName",
      initials: "initials",
      surname_prefix: "surnamePrefix",
      surname: "surname",
      gender: "gender",
      status: "status",
      department: "department",
      department_id: "departmentId",
      location: "location",
      location_id: "locationId",
      email: "email",
      phone_number: "phone",
      street: "street",
      housenumber: "houseNumber",
      housenumber_suffix: "houseNumberSuffix",
      zipcode: "postalCode",
      city: "city",
      country_code: "countryCode",
      nationality_id: "nationality",
    },
    sensitive: {
      personal_identification_number: "nationalNumber",
      iban: "iban",
      date_of_birth: "dateOfBirth",
      yearly_wage: "yearlyWage",
    },
  },
  employments: { content: { ...span, is_active: "isActive" } },
  contracts: {
    content: {
      ...span,
      contract_duration: "duration",
      is_signed: "isSigned",
      sign_date: "signDate",
    },
  },
  hours: {
    content: {
      ...span,
      hours_per_week: "hoursPerWeek",
      days_per_week: "daysPerWeek",
      employee_type: "employeeType",
    },
  },
  salaries: {
    content: span,
    sensitive: { hour_wage: "hourWage", month_wage: "monthWage", yearly_wage: "yearlyWage" },
  },
  "tax-details": { content: { ...span, is_reduction_applied: "isReductionApplied" } },
} satisfies Record<string, Names>;
