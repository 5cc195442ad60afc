import * as z from "zod";
import { day, id } from "./bodies.ts";
import type { Employes } from "./employes.ts";
import { EMPTY_TIME, stampOf } from "./dates.ts";
import { idFrom } from "./ids.ts";
import type { Employee } from "./objects.ts";
import { seededEmployments } from "./seed-employments.ts";
import { seededPerson } from "./seed-person.ts";
import { settle } from "./settle.ts";
import { createRandom } from "../random.ts";

export const seedBody = z.strictObject({
  company: id.optional(),
  employees: z.number().int().min(1).max(20_000),
  seed: z.number().int().default(1),
  /** The day around which lives are invented; today unless it is said. */
  on: day.optional(),
});

/** Invents people: the same for the same seed, company and day. Those who are there already are replaced. */
export function seed(employes: Employes, body: z.infer<typeof seedBody>): string[] {
  const company = employes.company(body.company);
  const on = body.on ?? employes.today();
  return Array.from({ length: body.employees }, (_, at) => {
    const employeeId = idFrom("employee", company.id, body.seed, at);
    const random = createRandom(body.seed * 100_003 + at);
    const employments = seededEmployments({ employeeId, at, on, random });
    const fields = seededPerson({ at, random, employments, on });
    const stamp = stampOf(employes.clock.now(), at);
    const employee: Employee = {
      id: employeeId,
      companyId: company.id,
      fields,
      employments,
      // Most have lost the time at which they were entered.
      createdAt: at % 4 === 3 ? stamp : EMPTY_TIME,
      updatedAt: stamp,
    };
    employes.record(employeeId, () => {
      settle(employee, employes.today());
      employes.employees.set(employeeId, employee);
    });
    return employeeId;
  });
}
