import { addDays, type Day } from "./dates.ts";
import { idFrom } from "./ids.ts";
import { blankPerson } from "./new-person.ts";
import type { Employment, PersonFields } from "./objects.ts";
import type { Json } from "../json.ts";

const FIRST_NAMES: readonly (readonly [name: string, gender: string])[] = [
  ["Sanne", "female"],
  ["Bram", "male"],
  ["Fleur", "female"],
  ["Joris", "male"],
  ["Anouk", "female"],
  ["Thijs", "male"],
  ["Noëlle", "female"],
  ["Ruben", "male"],
  ["Maartje", "female"],
  ["Sjoerd", "male"],
  ["Lotte", "female"],
  ["Daan", "male"],
  ["Femke", "female"],
];
const SURNAMES: readonly (readonly [prefix: string, surname: string])[] = [
  ["de", "Vries"],
  ["", "Voorbeeld"],
  ["van der", "Proef"],
  ["", "Testman"],
  ["van 't", "Sandbak"],
  ["", "Bedacht"],
  ["ten", "Verzinsel"],
  ["", "Fictie-Jansen"],
  ["van", "Niemandsland"],
  ["", "Denkbeeld"],
  ["op den", "Schijn"],
];
const DEPARTMENTS = ["Planning", "Pedagogiek", "Keuken", "Kantoor", "Techniek"];
const LOCATIONS = ["Utrecht", "Amersfoort", "Zeist"];

export interface Invented {
  /** Which of the people this is: everything that a list can hold comes round within a few. */
  readonly at: number;
  readonly on: Day;
  readonly random: () => number;
  readonly employments: readonly Employment[];
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** What one person has as text, another has as a number, and a third not at all. */
function inOneShape(at: number, text: string, number: number): Json {
  return [text, number, text, null][at % 4] ?? null;
}

export function seededPerson({ at, on, random, employments }: Invented): PersonFields {
  const [first, gender] = pick(FIRST_NAMES, random);
  const [prefix, surname] = pick(SURNAMES, random);
  const house = 1 + Math.floor(random() * 200);
  const department = pick(DEPARTMENTS, random);
  const location = pick(LOCATIONS, random);
  return {
    ...blankPerson(at + 1),
    employee_type_id: 1 + (at % 2),
    first_name: first,
    initials: `${first.slice(0, 1)}.`,
    surname_prefix: prefix,
    surname,
    gender,
    date_of_birth: addDays("1960-01-01", Math.floor(random() * 16_000)),
    nationality_id: inOneShape(at, "NL", 1),
    housenumber: inOneShape(at + 1, String(house), house),
    housenumber_suffix: at % 6 === 0 ? "bis" : "",
    department,
    department_id: inOneShape(at + 2, idFrom("department", department), house),
    location,
    location_id: inOneShape(at + 2, idFrom("location", location), house),
    status: statusOf(employments, on),
  };
}

function statusOf(employments: readonly Employment[], on: Day): PersonFields["status"] {
  if (employments.length === 0) return "active";
  if (employments.every(({ start_date: start }) => start > on)) return "pending";
  const isOver = employments.every(({ end_date: end }) => end !== null && end <= on);
  return isOver ? "out of service" : "active";
}
