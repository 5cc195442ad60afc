import express, { type ErrorRequestHandler, type Response, type Router } from "express";
import { ACTS, readAct } from "./acts.ts";
import { createCompanyControl } from "./control-companies.ts";
import { readDuring } from "./during.ts";
import type { Employes } from "./employes.ts";
import { EmployesError } from "./errors.ts";
import type { Employee } from "./objects.ts";
import { employesSettings, listTrouble } from "./settings.ts";

/** Control of the pretend Employes: everything under `/employes`. */
export function createEmployesControl(employes: Employes): Router {
  const router = express.Router();
  router.use((_request, _response, next) => {
    employes.catchUp();
    next();
  });
  router.use(createCompanyControl(employes));
  addSettingRoutes(router, employes);
  addDuringRoutes(router, employes);
  addReadRoutes(router, employes);
  for (const name of ACTS)
    router.post(`/${name}`, (request, response) => {
      const employee = readAct(name, request.body ?? {})(employes);
      response.json(employee ?? { ok: true });
    });
  router.use(refuse);
  return router;
}

function done(response: Response): void {
  response.json({ ok: true });
}

const refuse: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof EmployesError) response.status(error.status).json({ error: error.message });
  else next(error);
};

function addSettingRoutes(router: Router, employes: Employes): void {
  router.get("/settings", (_request, response) => void response.json(employes.settings));
  router.post("/settings", (request, response) => {
    employes.settings = employesSettings.parse({
      ...employes.settings,
      ...(request.body as object),
    });
    employes.changed();
    response.json(employes.settings);
  });
  router.get("/list-trouble", (_request, response) => void response.json(employes.listTrouble));
  router.post("/list-trouble", (request, response) => {
    employes.listTrouble = listTrouble.parse({
      ...employes.listTrouble,
      ...(request.body as object),
    });
    employes.changed();
    response.json(employes.listTrouble);
  });
}

function addDuringRoutes(router: Router, employes: Employes): void {
  router.get("/during", (_request, response) => {
    const during = employes.during.map(({ deeds: _deeds, ...told }) => told);
    response.json({ during });
  });
  router.post("/during", (request, response) => {
    employes.during.push(readDuring(request.body));
    response.status(201).json({ ok: true });
  });
  router.delete("/during", (_request, response) => {
    employes.during = [];
    done(response);
  });
}

function addReadRoutes(router: Router, employes: Employes): void {
  router.get("/state", (_request, response) => {
    const { log: _log, tokens: _tokens, ...state } = employes.save();
    response.json(state);
  });
  router.get("/employees", (request, response) => {
    const { company } = request.query;
    const all: Employee[] = [...employes.employees.values()];
    response.json({
      employees: all.filter(({ companyId }) => company === undefined || companyId === company),
    });
  });
  router.get(
    "/employees/:id",
    (request, response) => void response.json(employes.employee(request.params.id)),
  );
  /** Everything that has changed, exactly; of one person or of all. */
  router.get("/log", (request, response) => {
    const { since = "0", employee, stream } = request.query;
    const changes = employes.log.filter(
      (change) =>
        change.seq > Number(since) &&
        (employee === undefined || change.employeeId === employee) &&
        (stream === undefined || change.stream === stream),
    );
    response.json({ changes, last: employes.log.length });
  });
}
