import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import { runDuring } from "./during.ts";
import type { Employes } from "./employes.ts";
import { EmployesError, internal, notFound, unauthorised, unknownRoute } from "./errors.ts";
import { isId } from "./ids.ts";
import { listOf, listStaff } from "./lists.ts";
import type { Company, Employee, Failing } from "./objects.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import type { Grant } from "./tokens.ts";
import { companyView, employeeView, employmentView } from "./views.ts";
import type { Json } from "../json.ts";

interface Call {
  readonly employes: Employes;
  readonly grant: Grant;
  readonly request: Request;
}

interface Operation {
  readonly id: string;
  /** Path under `/v4`, as Express writes parameters. */
  readonly path: string;
  readonly run: (call: Call) => Json;
}

const operations: readonly Operation[] = [
  { id: "employes.companies.list", path: "/companies", run: companies },
  { id: "employes.companies.get", path: "/:company", run: (call) => companyView(companyOf(call)) },
  { id: "employes.employees.list", path: "/:company/employees", run: staff },
  { id: "employes.employees.get", path: "/:company/employees/:employee", run: detail },
  {
    id: "employes.employments.list",
    path: "/:company/employees/:employee/employments",
    run: employments,
  },
];

/** The API below the path of its version. It can only be read. */
export function createEmployesApi(employes: Employes): Router {
  const router = express.Router();
  const limit = createRateLimit();
  for (const operation of operations) router.get(operation.path, serve(employes, limit, operation));
  router.use((request, response) =>
    sendError(response, unknownRoute(request.get("authorization") ?? "")),
  );
  return router;
}

function serve(employes: Employes, limit: RateLimit, operation: Operation): RequestHandler {
  return (request, response, next) => {
    const company = request.params["company"];
    if (company !== undefined && !isId(String(company))) return next();
    const attempt = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        if (error instanceof EmployesError) sendError(response, error);
        else next(error);
      }
    };
    attempt(() => {
      const grant = authenticate(employes, request);
      response.locals["account"] = grant.id;
      limit(employes, grant.token);
      const answer = (): void =>
        attempt(() => response.json(perform(operation, { employes, grant, request })));
      const isSlow = operation.run === staff && employes.settings.listDelayMs > 0;
      if (isSlow) setTimeout(answer, employes.settings.listDelayMs);
      else answer();
    });
  };
}

/** Gives the answer as things are, and then lets persons do what they were to do after it. */
function perform(operation: Operation, call: Call): Json {
  const { employes, request } = call;
  employes.catchUp();
  try {
    const answer = operation.run(call);
    employes.counters.read(operation.id);
    return answer;
  } finally {
    runDuring(employes, request.originalUrl);
  }
}

function authenticate(employes: Employes, request: Request): Grant {
  const token = /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1] ?? "";
  const grant = employes.tokens.find(token, employes.clock.now());
  if (grant === undefined) throw unauthorised();
  return grant;
}

function sendError(response: Response, { status, headers, message }: EmployesError): void {
  response.status(status).set(headers).json({ message });
}

function companyOf({ employes, grant, request }: Call): Company {
  const company = employes.companies.get(String(request.params["company"]).toLowerCase());
  if (company === undefined) throw notFound();
  if (!grant.companies.includes(company.id)) throw new EmployesError(403, "Forbidden");
  return company;
}

/** The person asked for, unless Employes fails at this very person. */
function employeeOf(call: Call, failingAt: keyof Failing): Employee {
  const { employes, request } = call;
  const company = companyOf(call);
  const employee = employes.employees.get(String(request.params["employee"]).toLowerCase());
  if (employee?.companyId !== company.id) throw notFound();
  if (employes.visibility.get(employee.id)?.get === false) throw notFound();
  if (employes.failing.get(employee.id)?.[failingAt] === true) throw internal();
  return employee;
}

function companies({ employes, grant, request }: Call): Json {
  const reached = [...employes.companies.values()].filter(({ id }) => grant.companies.includes(id));
  return listOf(employes, request, reached, companyView);
}

function staff(call: Call): Json {
  const { employes, request } = call;
  const { id } = companyOf(call);
  return listStaff(employes, request, id);
}

function detail(call: Call): Json {
  return employeeView(call.employes, employeeOf(call, "detail"));
}

function employments(call: Call): Json {
  const found = employeeOf(call, "employments").employments.map(employmentView);
  if (found.length === 0) throw notFound();
  return call.employes.settings.employments === "bare" ? found : { data: found };
}
