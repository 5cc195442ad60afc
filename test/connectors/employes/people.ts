/** Answers as Employes gives them, of people that are invented. */
export const company = "c0de0000-0000-4000-8000-000000000001";
export const idOf = (n: number) => `3f0c0000-0000-4000-8000-${String(n).padStart(12, "0")}`;
export const employmentId = "e0000000-0000-4000-8000-000000000001";

export function person(n: number, more: object = {}) {
  return {
    id: idOf(n),
    administration_id: company,
    employee_type_id: 1,
    employee_number: 12,
    first_name: "Sanne",
    initials: "S.",
    surname_prefix: "de",
    surname: "Vries",
    gender: "female",
    date_of_birth: "1990-05-17T00:00:00",
    nationality_id: "NL",
    personal_identification_number: "000000000",
    street: "Voorbeeldstraat",
    housenumber: "1",
    housenumber_suffix: "",
    zipcode: "1234AB",
    city: "Utrecht",
    country_code: "NL",
    iban: "NL00TEST0000000000",
    email: "sanne@example.test",
    phone_number: "+31600000000",
    status: "active",
    department: "Planning",
    department_id: "d0000000-0000-4000-8000-000000000001",
    location: "Utrecht",
    location_id: 7,
    yearly_wage: 36_000,
    dt_create: "0001-01-01T00:00:00",
    dt_update: "2026-03-02T10:00:00.123456",
    ...more,
  };
}

export const contract = {
  start_date: "2025-01-01T00:00:00",
  end_date: "2025-12-31T00:00:00",
  contract_duration: "fixed",
  is_signed: true,
  sign_date: "2024-12-15T00:00:00",
};
export const hours = {
  start_date: "2025-01-01T00:00:00",
  end_date: null,
  hours_per_week: 36,
  days_per_week: 4,
  employee_type: "parttime",
};
export const salary = {
  start_date: "2025-01-01T00:00:00",
  end_date: null,
  hour_wage: 19.23,
  month_wage: 3_000,
  yearly_wage: 36_000,
};
export const tax = { start_date: "2025-01-01T00:00:00", is_reduction_applied: true };

export function employmentRow(more: object = {}) {
  return {
    id: employmentId,
    start_date: "2025-01-01T00:00:00",
    end_date: null,
    is_active: true,
    contracts: [contract],
    hours: [hours],
    salary: [salary],
    tax_details: [tax],
    ...more,
  };
}

/** What the list embeds. */
export const embedded = {
  start_date: "2025-01-01T00:00:00",
  end_date: null,
  contract: { ...contract, ...hours, max_hours: null, min_hours: null },
  salary,
  tax_details: tax,
};
