import type { Random } from "./draw.ts";
import type { Once } from "./side.ts";
import type { Person } from "./staff-log.ts";

interface Known {
  people: readonly Person[];
  /** Ids that were deleted, to be used again. */
  gone: Set<string>;
  /** An id that nobody has had. */
  next(): string;
}

export type Act = { do: string; employee: string | { id: string } } & Record<string, unknown>;
/** Whom it happens to. */
export const nameIn = ({ employee }: Act): string =>
  typeof employee === "string" ? employee : employee.id;

type Draw = (person: Person, random: Random) => Act;

/** Something that happens to one person whom nothing has happened to yet; null where there is none. */
export function drawAct(known: Known, random: Random, once: Once): Act | null {
  if (random.chance(0.15)) return begin(known.next(), random, once);
  const living = new Set(known.people.map(({ id }) => id));
  const back = random.pick([...known.gone].filter((id) => !living.has(id)));
  if (back !== undefined && random.chance(0.4)) return begin(back, random, once);
  const person = random.pick(known.people);
  if (!person || once.has(person.id)) return null;
  once.add(person.id);
  const act = random.pick(draws)?.(person, random) ?? null;
  if (act?.do === "delete") known.gone.add(person.id);
  return act;
}

/** Somebody new, or somebody else under the id of one who was deleted. */
function begin(id: string, random: Random, once: Once): Act | null {
  if (once.has(id)) return null;
  once.add(id);
  const from = dayOf(random);
  const wage = 2_000 + random.upTo(2_000);
  const employment = {
    // An employment is known by its id, which nobody else's has.
    id: id.replace("-0000-4000-", `-${random.upTo(65_535).toString(16).padStart(4, "0")}-4000-`),
    start_date: from,
    contracts: [{ start_date: from, contract_duration: "permanent", is_signed: true }],
    hours: [{ start_date: from, hours_per_week: 32, employee_type: "parttime" }],
    salary: [{ start_date: from, month_wage: wage, yearly_wage: wage * 12 }],
    tax_details: random.chance(0.5) ? [{ start_date: from, is_reduction_applied: true }] : [],
  };
  const employee = { id, first_name: "Nieuw", surname: `Persoon ${random.upTo(999)}` };
  return { do: "upsert", employee, employments: random.chance(0.8) ? [employment] : [] };
}

const dayOf = (random: Random) =>
  `202${random.upTo(5)}-0${1 + random.upTo(8)}-${10 + random.upTo(18)}`;

const fields: Draw = ({ id }, random) => {
  const n = random.upTo(999);
  const edits = [
    { first_name: `Naam ${n}` },
    { department: `Afdeling ${n}`, department_id: n },
    { city: null, zipcode: "" },
    { housenumber: n },
    { housenumber: `${n}`, housenumber_suffix: "bis" },
    { status: "out of service" },
    { iban: `NL00TEST${String(n).padStart(10, "0")}` },
    { date_of_birth: dayOf(random) },
  ];
  return { do: "upsert", employee: { id, ...random.pick(edits) } };
};

const salary: Draw = ({ id }, random) => ({
  do: "salary",
  employee: id,
  from: dayOf(random),
  month_wage: 2_000 + random.upTo(3_000),
});

const hours: Draw = ({ id }, random) => ({
  do: "hours",
  employee: id,
  from: dayOf(random),
  hours_per_week: 8 + random.upTo(32),
});

const leave: Draw = ({ id }) => ({ do: "leave", employee: id });

/** What had been said of some day is said otherwise. */
const correct: Draw = (person, random) => {
  const employment = random.pick(person.employments);
  const slice = random.pick(employment?.salary ?? []);
  if (!employment || !slice) return leave(person, random);
  return {
    do: "correct",
    employee: person.id,
    kind: "salary",
    employment: employment.start_date,
    start_date: slice.start_date,
    set: { month_wage: 2_000 + random.upTo(3_000) },
  };
};

/** The employments are written down anew: none, the last no more, or the first with another beginning. */
const rewrite: Draw = ({ id, employments }, random) => {
  const kept = employments.map(({ is_active: _active, ...rest }) => rest);
  const [first, ...rest] = kept;
  const moved = first ? [{ ...first, start_date: dayOf(random) }, ...rest] : [];
  return {
    do: "employments",
    employee: id,
    employments: random.pick([[], kept.slice(0, -1), moved]),
  };
};

const remove: Draw = ({ id }) => ({ do: "delete", employee: id });

const draws = [
  fields,
  fields,
  fields,
  salary,
  salary,
  hours,
  correct,
  correct,
  rewrite,
  leave,
  remove,
];
