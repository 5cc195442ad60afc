import { named, recordOf } from "./shop-log.ts";
import type { controlOf, Entry, Records } from "./side.ts";
import { staffNames } from "./staff-names.ts";

interface Slice {
  start_date: string;
  [field: string]: unknown;
}

interface Employment {
  id: string;
  start_date: string;
  is_active: boolean;
  contracts: Slice[];
  hours: Slice[];
  salary: Slice[];
  tax_details: Slice[];
}

/** A person as the pretend Employes keeps them. */
export interface Person {
  id: string;
  fields: Record<string, unknown>;
  employments: Employment[];
}

interface Logged {
  stream: keyof typeof staffNames;
  id: string;
  employeeId: string;
  action: Entry["action"];
  fields: Record<string, { before: unknown; after: unknown }>;
}

/** Of everybody who has been in one company. What is known of a person is told twice, as a whole too. */
export async function readStaffLog(
  control: ReturnType<typeof controlOf>,
  everybody: ReadonlySet<string>,
): Promise<Entry[]> {
  const { changes } = await control<{ changes: Logged[] }>("GET", "/log");
  return changes
    .filter(({ employeeId }) => everybody.has(employeeId))
    .flatMap(({ stream, id, action, fields }) => {
      const told = { action, fields: named(fields, staffNames[stream]) };
      const whole = stream === "employees" ? [{ item: `details ${id}`, ...told }] : [];
      return [{ item: `${stream} ${id}`, ...told }, ...whole];
    });
}

export function staffRecords(people: readonly Person[]): Records {
  return new Map(people.flatMap((person) => recordsOf(person)));
}

function recordsOf({ id, fields, employments }: Person): [string, Record<string, unknown>][] {
  const slices = (
    stream: Exclude<keyof typeof staffNames, "employees">,
    of: Employment,
    all: Slice[],
  ) =>
    all.map((slice) =>
      recordOf(`${stream} ${id}/${of.start_date}/${slice.start_date}`, slice, staffNames[stream]),
    );
  return [
    recordOf(`employees ${id}`, fields, staffNames.employees),
    recordOf(`details ${id}`, fields, staffNames.employees),
    ...employments.flatMap((one) => [
      recordOf(`employments ${one.id}`, { ...one }, staffNames.employments),
      ...slices("contracts", one, one.contracts),
      ...slices("hours", one, one.hours),
      ...slices("salaries", one, one.salary),
      ...slices("tax-details", one, one.tax_details),
    ]),
  ];
}
