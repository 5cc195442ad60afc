import { compare, type LoggedChange, type Records, recordsOf } from "./change-log.ts";
import { type Day, dayOf, stampOf } from "./dates.ts";
import type { During } from "./during.ts";
import { EmployesError } from "./errors.ts";
import type { Company, Employee, Failing, Visibility } from "./objects.ts";
import {
  defaultSettings,
  type EmployesSettings,
  employesSettings,
  listTrouble,
  type ListTrouble,
  noListTrouble,
} from "./settings.ts";
import { beginOrEnd, settle } from "./settle.ts";
import { type Grant, Tokens } from "./tokens.ts";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";

interface EmployesSurroundings {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly changed: () => void;
}

export interface SavedEmployes {
  readonly settings: EmployesSettings;
  readonly listTrouble: ListTrouble;
  readonly settledOn: Day;
  readonly companies: Company[];
  readonly employees: Employee[];
  readonly failing: [string, Failing][];
  readonly visibility: [string, Visibility][];
  readonly tokens: Grant[];
  readonly log: LoggedChange[];
}

export const DEMO_COMPANY: Company = {
  id: "c0de0000-0000-4000-8000-000000000001",
  name: "Voorbeeld B.V.",
};

/** Everything the pretend Employes holds. */
export class Employes {
  readonly companies = new Map<string, Company>();
  readonly employees = new Map<string, Employee>();
  readonly failing = new Map<string, Failing>();
  readonly visibility = new Map<string, Visibility>();
  readonly tokens = new Tokens();
  /** What persons will do between the calls of a client. Not saved with the state. */
  during: During[] = [];
  log: LoggedChange[] = [];
  settings: EmployesSettings = defaultSettings();
  listTrouble: ListTrouble = noListTrouble();
  readonly clock: Clock;
  readonly counters: Counters;
  #settledOn: Day = "";
  readonly #changed: () => void;

  constructor({ clock, counters, changed }: EmployesSurroundings) {
    this.clock = clock;
    this.counters = counters;
    this.#changed = changed;
    this.#begin();
  }

  /** What a demo needs is there from the start. */
  #begin(): void {
    this.companies.set(DEMO_COMPANY.id, { ...DEMO_COMPANY });
    this.tokens.mintDemo(DEMO_COMPANY.id);
    this.#settledOn = this.today();
  }

  today(): Day {
    return dayOf(this.clock.now());
  }

  company(id?: string): Company {
    const company = id === undefined ? [...this.companies.values()][0] : this.companies.get(id);
    if (company === undefined) throw new EmployesError(404, `There is no company ${id ?? ""}.`);
    return company;
  }

  employee(id: string): Employee {
    const employee = this.employees.get(id);
    if (employee === undefined) throw new EmployesError(404, `There is no employee ${id}.`);
    return employee;
  }

  /** In the order in which they were made. */
  staff(companyId: string): Employee[] {
    return [...this.employees.values()].filter((one) => one.companyId === companyId);
  }

  /** Makes a change to one person, and notes in the log exactly what it came to. */
  record(employeeId: string, change: () => void): void {
    const before = recordsOf(this.employees.get(employeeId));
    try {
      change();
    } finally {
      this.#note(employeeId, before);
    }
  }

  #note(employeeId: string, before: Records): void {
    const employee = this.employees.get(employeeId);
    const changes = compare(before, recordsOf(employee));
    const now = this.clock.now();
    for (const change of changes)
      this.log.push({ seq: this.log.length + 1, at: new Date(now).toISOString(), ...change });
    const { employmentsTouch } = this.settings;
    const touches = changes.some(({ stream }) => employmentsTouch || stream === "employees");
    if (employee !== undefined && touches) employee.updatedAt = stampOf(now, this.log.length);
    this.changed();
  }

  /** Lets the days that have passed take effect: planned raises come, people begin and leave. */
  catchUp(): void {
    const since = this.#settledOn;
    const today = this.today();
    if (today === since) return;
    this.#settledOn = today;
    for (const employee of this.employees.values())
      this.record(employee.id, () => {
        settle(employee, today);
        beginOrEnd(employee, since, today);
      });
  }

  changed(): void {
    this.#changed();
  }

  reset(): void {
    for (const map of [this.companies, this.employees, this.failing, this.visibility]) map.clear();
    this.tokens.clear();
    this.during = [];
    this.log = [];
    this.settings = defaultSettings();
    this.listTrouble = noListTrouble();
    this.#begin();
  }

  save(): SavedEmployes {
    const { settings, listTrouble, log } = this;
    return {
      settings,
      listTrouble,
      settledOn: this.#settledOn,
      companies: [...this.companies.values()],
      employees: [...this.employees.values()],
      failing: [...this.failing],
      visibility: [...this.visibility],
      tokens: this.tokens.save(),
      log,
    };
  }

  load(saved: SavedEmployes): void {
    this.settings = employesSettings.parse(saved.settings);
    this.listTrouble = listTrouble.parse(saved.listTrouble);
    this.#settledOn = saved.settledOn;
    for (const map of [this.companies, this.employees, this.failing, this.visibility]) map.clear();
    for (const company of saved.companies) this.companies.set(company.id, company);
    for (const employee of saved.employees) this.employees.set(employee.id, employee);
    for (const [id, failing] of saved.failing) this.failing.set(id, failing);
    for (const [id, visibility] of saved.visibility) this.visibility.set(id, visibility);
    this.tokens.load(saved.tokens);
    this.log = saved.log;
  }
}
