import express, { type Request, type Response, type Router } from "express";
import * as z from "zod";
import { type Deed, readAct } from "./acts.ts";
import type { Employes } from "./employes.ts";
import { EmployesError } from "./errors.ts";
import { seed, seedBody } from "./seed.ts";
import { staffPage } from "./staff-page.ts";
import { staffAddress } from "./staff-view.ts";
import { asObject, asString } from "../json.ts";

type Body = Readonly<Record<string, string | number>>;
type Fields = Readonly<Record<string, string | undefined>>;

const NUMBERS = new Set(["hours_per_week", "month_wage", "employees"]);

/** Pages on which a person works "in Employes". */
export function createEmployesPages(employes: Employes): Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: "1mb" });
  router.get("/employes", (request, response) =>
    show(employes, request.query, response, undefined),
  );
  const onForm = (name: string, read: (body: Body) => Deed): void => {
    router.post(`/employes/${name}`, form, (request: Request, response: Response) =>
      perform(employes, request, response, read),
    );
  };
  for (const name of ["hours", "salary", "leave"])
    onForm(name, ({ company: _company, ...body }) => readAct(name, body));
  onForm("hire", (body) => readAct("hire", body));
  onForm("fill", (body) => {
    const read = seedBody.parse(body);
    // Other people each time, beside those there are.
    return (employes) => void seed(employes, { ...read, seed: employes.employees.size + 1 });
  });
  return router;
}

function fieldsOf(source: unknown): Fields {
  const entries = Object.entries(asObject(source));
  return Object.fromEntries(entries.map(([name, value]) => [name, asString(value)]));
}

function show(
  employes: Employes,
  source: unknown,
  response: Response,
  problem: string | undefined,
): void {
  employes.catchUp();
  const { company: wanted, employee: named } = fieldsOf(source);
  const known = employes.companies.has(wanted ?? "") ? wanted : undefined;
  const company = employes.company(known);
  const employee = employes.employees.get(named ?? "");
  response
    .status(problem === undefined ? 200 : 400)
    .type("html")
    .send(staffPage({ employes, company, employee, problem }));
}

function perform(
  employes: Employes,
  request: Request,
  response: Response,
  read: (body: Body) => Deed,
): void {
  const fields = fieldsOf(request.body);
  try {
    employes.catchUp();
    read(bodyOf(fields))(employes);
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    show(employes, fields, response, problem);
    return;
  }
  response.redirect(303, staffAddress(fields["company"] ?? employes.company().id));
}

function problemOf(error: unknown): string | undefined {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof EmployesError ? error.message : undefined;
}

/** What a control call with the same fields would send: numbers as such, and nothing that is empty. */
function bodyOf(fields: Fields): Body {
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => [name, NUMBERS.has(name) ? Number(value) : value]);
  return Object.fromEntries(entries) as Body;
}
