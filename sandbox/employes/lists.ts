import type { Request } from "express";
import type { Employes } from "./employes.ts";
import { EmployesError, injectedError, invalid } from "./errors.ts";
import { listedView } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

const MOST = 100;

function numberOf(request: Request, name: string, usual: number): number {
  const text = request.query[name];
  if (text === undefined) return usual;
  const value = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1) throw invalid(`The ${name} must be at least 1.`);
  return value;
}

interface Asked {
  readonly page: number;
  readonly perPage: number;
}

function askedOf(request: Request): Asked {
  return {
    page: numberOf(request, "page", 1),
    perPage: Math.min(MOST, numberOf(request, "per_page", MOST)),
  };
}

/** One page of a list. `total` is what the list says of itself, which need not be what it gives. */
function pageOf<T>(
  { settings }: Employes,
  { page, perPage }: Asked,
  rows: readonly T[],
  view: (row: T) => JsonObject,
  total = rows.length,
): Json {
  const data = rows.slice((page - 1) * perPage, page * perPage).map(view);
  if (settings.lists === "bare") return data;
  return { data, total, pages: Math.ceil(total / perPage), page, per_page: perPage };
}

export function listOf<T>(
  employes: Employes,
  request: Request,
  rows: readonly T[],
  view: (row: T) => JsonObject,
): Json {
  return pageOf(employes, askedOf(request), rows, view);
}

/** The people of a company, with all that can be wrong with such a list. */
export function listStaff(employes: Employes, request: Request, companyId: string): Json {
  const asked = askedOf(request);
  failIfAsked(employes, asked.page);
  employes.counters.add("listPages");
  const rows = isEmptied(employes)
    ? []
    : employes.staff(companyId).filter(({ id }) => employes.visibility.get(id)?.list !== false);
  const given = rows.slice(0, Math.max(0, rows.length - employes.listTrouble.dropped));
  const reading = employes.counters.counts().listPages;
  return pageOf(employes, asked, given, (row) => listedView(employes, row, reading), rows.length);
}

function failIfAsked(employes: Employes, page: number): void {
  const { fail } = employes.listTrouble;
  if (fail?.page !== page) return;
  const times = fail.times - 1;
  employes.listTrouble = { ...employes.listTrouble, fail: times > 0 ? { ...fail, times } : null };
  employes.changed();
  throw new EmployesError(fail.status, injectedError(fail.status, undefined).message);
}

function isEmptied(employes: Employes): boolean {
  const { emptyTimes } = employes.listTrouble;
  if (emptyTimes === 0) return false;
  employes.listTrouble = { ...employes.listTrouble, emptyTimes: emptyTimes - 1 };
  employes.changed();
  return true;
}
