import { addDays, type Day } from "./dates.ts";
import { idFrom } from "./ids.ts";
import { hoursFields, newSlices, wageFields } from "./new-person.ts";
import { type Employment, isOpenAfter, type Slice, SLICE_KINDS } from "./objects.ts";

interface Wanted {
  readonly employeeId: string;
  readonly at: number;
  readonly on: Day;
  readonly random: () => number;
}

/** What is drawn for one person, from which each kind of life makes something else. */
interface Life {
  readonly on: Day;
  readonly start: Day;
  readonly hours: number;
  readonly days: number;
  readonly wage: number;
  readonly employment: (from: Day, until?: Day | null) => Employment;
}

/** The kinds of lives, in turn: whoever seeds a few dozen people has all of them. */
const LIVES: readonly ((life: Life) => Employment[])[] = [
  ({ start, employment }) => [employment(start)],
  severalRaises,
  plannedChanges,
  overlappingHours,
  cameBack,
  withoutEnds,
  fixedThenPermanent,
  hasLeft,
  ({ start, employment }) => [employment(start)],
  ({ on, employment }) => [employment(addDays(on, 30))],
  () => [],
  severalRaises,
];

const YEAR = 365;

export function seededEmployments({ employeeId, at, on, random }: Wanted): Employment[] {
  const days = 2 + Math.floor(random() * 4);
  const hours = days * 8;
  const wage = 2400 + Math.floor(random() * 30) * 100;
  const start = addDays(on, -2 * YEAR - Math.floor(random() * 2 * YEAR));
  const employment = (from: Day, until: Day | null = null): Employment => ({
    id: idFrom("employment", employeeId, from),
    start_date: from,
    end_date: until,
    is_active: false,
    ...newSlices({ from, until, hours_per_week: hours, days_per_week: days, month_wage: wage }),
  });
  const live = LIVES[at % LIVES.length] as (life: Life) => Employment[];
  return live({ on, start, hours, days, wage, employment });
}

/** Adds a slice, and ends the one before it on the day before. */
function follow(slices: Slice[], from: Day, fields: Omit<Slice, "start_date">): void {
  const last = slices.at(-1);
  if (last !== undefined && isOpenAfter(last, from)) last.end_date = addDays(from, -1);
  slices.push({ start_date: from, end_date: null, ...fields });
}

function severalRaises({ on, start, hours, wage, employment }: Life): Employment[] {
  const one = employment(start);
  follow(one.salary, addDays(start, YEAR), wageFields(wage + 100, hours));
  follow(one.salary, addDays(on, -60), wageFields(wage + 250, hours));
  return [one];
}

function plannedChanges({ on, start, hours, wage, employment }: Life): Employment[] {
  const one = employment(start);
  follow(one.salary, addDays(on, 40), wageFields(wage + 200, hours));
  follow(one.hours, addDays(on, 40), hoursFields(hours + 8, 5));
  return [one];
}

/** Two agreements on hours at once: the later one counts. */
function overlappingHours({ on, start, hours, days, employment }: Life): Employment[] {
  const one = employment(start);
  one.hours.push({
    start_date: addDays(on, -200),
    end_date: null,
    ...hoursFields(hours + 4, days),
  });
  return [one];
}

function cameBack({ on, start, employment }: Life): Employment[] {
  const first = employment(start, addDays(start, 300));
  for (const kind of ["hours", "salary"] as const)
    for (const slice of first[kind]) slice.end_date = first.end_date;
  return [first, employment(addDays(on, -100))];
}

/** Slices that follow one another, and say so only by their starts. */
function withoutEnds({ start, hours, wage, employment }: Life): Employment[] {
  const one = employment(start);
  one.salary.push({ start_date: addDays(start, 400), ...wageFields(wage + 150, hours) });
  for (const kind of SLICE_KINDS) for (const slice of one[kind]) delete slice.end_date;
  return [one];
}

function fixedThenPermanent({ start, employment }: Life): Employment[] {
  const one = employment(start);
  const until = addDays(start, YEAR);
  for (const contract of one.contracts)
    Object.assign(contract, { end_date: until, contract_duration: "fixed" });
  const from = addDays(until, 1);
  const signed = { is_signed: false, sign_date: null };
  follow(one.contracts, from, { contract_duration: "permanent", ...signed });
  return [one];
}

function hasLeft({ on, start, employment }: Life): Employment[] {
  const until = addDays(on, -45);
  const one = employment(start, until);
  for (const kind of ["hours", "salary"] as const)
    for (const slice of one[kind]) slice.end_date = until;
  return [one];
}
