import express, { type Router } from "express";
import * as z from "zod";
import { id } from "./bodies.ts";
import { DEMO_COMPANY, type Employes } from "./employes.ts";
import { EmployesError } from "./errors.ts";
import { idFrom } from "./ids.ts";
import { seed, seedBody } from "./seed.ts";
import { DEMO_TOKEN } from "./tokens.ts";

/** Companies, the people in them and the tokens that reach them. */
export function createCompanyControl(employes: Employes): Router {
  const router = express.Router();
  addTokenRoutes(router, employes);
  addCompanyRoutes(router, employes);
  return router;
}

const mintBody = z.strictObject({
  /** All there are unless they are named. */
  companies: z.array(id).optional(),
  /** Seconds since 1970; a year from now unless it is said. */
  exp: z.number().int().optional(),
});
const tokenBody = z.strictObject({ token: z.string() });

function addTokenRoutes(router: Router, employes: Employes): void {
  const { tokens, clock } = employes;
  /** What a demo is configured with: the same at every start. */
  router.get(
    "/token",
    (_request, response) =>
      void response.json({ token: DEMO_TOKEN, companyId: DEMO_COMPANY.id, path: "/employes/v4" }),
  );
  router.post("/tokens", (request, response) => {
    const { companies = [...employes.companies.keys()], exp } = mintBody.parse(request.body ?? {});
    for (const one of companies) employes.company(one);
    const grant = tokens.mint(companies, clock.now(), exp);
    employes.changed();
    response.status(201).json(grant);
  });
  router.post("/tokens/revoke", (request, response) => {
    if (!tokens.revoke(tokenBody.parse(request.body).token))
      throw new EmployesError(404, "There is no such token.");
    employes.changed();
    response.json({ ok: true });
  });
}

const companyBody = z.strictObject({ id: id.optional(), name: z.string().min(1) });

function addCompanyRoutes(router: Router, employes: Employes): void {
  router.get(
    "/companies",
    (_request, response) => void response.json({ companies: [...employes.companies.values()] }),
  );
  router.post("/companies", (request, response) => {
    const { id: given, name } = companyBody.parse(request.body);
    const company = { id: given ?? idFrom("company", name), name };
    employes.companies.set(company.id, company);
    employes.changed();
    response.status(201).json(company);
  });
  router.post("/seed", (request, response) => {
    const ids = seed(employes, seedBody.parse(request.body));
    response.status(201).json({ ids });
  });
}
