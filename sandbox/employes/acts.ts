import * as z from "zod";
import { id } from "./bodies.ts";
import { EmployesError } from "./errors.ts";
import type { Employes } from "./employes.ts";
import {
  changeHours,
  changeSalary,
  correct,
  correctBody,
  hoursBody,
  salaryBody,
  setEmployments,
  setEmploymentsBody,
} from "./employment-acts.ts";
import type { Employee } from "./objects.ts";
import {
  deleteBody,
  hire,
  hireBody,
  leave,
  leaveBody,
  remove,
  upsert,
  upsertBody,
} from "./people.ts";

/** Does what a person does in Employes, to whom it was done unless nothing of them is left. */
export type Deed = (employes: Employes) => Employee | undefined;

function act<T>(
  body: z.ZodType<T>,
  run: (employes: Employes, body: T) => Employee | undefined,
): (given: unknown) => Deed {
  return (given) => {
    const read = body.parse(given);
    return (employes) => run(employes, read);
  };
}

const failingBody = z.strictObject({
  employee: id,
  detail: z.boolean().default(true),
  employments: z.boolean().default(false),
});

/** Calls about one person fail for ever, until it is said that they do not. */
const failing = act(failingBody, (employes, { employee, ...calls }) => {
  employes.failing.set(employes.employee(employee).id, calls);
  employes.changed();
  return employes.employee(employee);
});

const visibilityBody = z.strictObject({
  employee: id,
  list: z.boolean().default(true),
  get: z.boolean().default(true),
});

/** A person vanishes, from the list alone or from every call, although nothing has become of them. */
const visibility = act(visibilityBody, (employes, { employee, ...places }) => {
  employes.visibility.set(employes.employee(employee).id, places);
  employes.changed();
  return employes.employee(employee);
});

const acts = new Map([
  ["upsert", act(upsertBody, upsert)],
  ["delete", act(deleteBody, remove)],
  ["hire", act(hireBody, hire)],
  ["leave", act(leaveBody, leave)],
  ["employments", act(setEmploymentsBody, setEmployments)],
  ["hours", act(hoursBody, changeHours)],
  ["salary", act(salaryBody, changeSalary)],
  ["correct", act(correctBody, correct)],
  ["failing", failing],
  ["visibility", visibility],
]);

export const ACTS: readonly string[] = [...acts.keys()];

/** Reads what is to be done, so that a mistake is told at once, however late it is done. */
export function readAct(name: string, body: unknown): Deed {
  const read = acts.get(name);
  if (read === undefined) throw new EmployesError(404, `Nobody can do ${name}.`);
  return read(body);
}
