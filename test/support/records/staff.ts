import type { Fault } from "../google.ts";
import type { Stack } from "../stack.ts";
import type { Random } from "./draw.ts";
import { staffFault } from "./faults.ts";
import { controlOf, type Once, type Side, unlessRefused } from "./side.ts";
import { type Act, drawAct, nameIn } from "./staff-acts.ts";
import { type Person, readStaffLog, staffRecords } from "./staff-log.ts";

interface During {
  path: string;
  nth: number;
  matched: number;
  changes: Act[];
}

/** A company of its own in the pretend Employes. */
export async function openCompany(stack: Stack, seed: number, random: Random): Promise<Side> {
  const control = controlOf(stack.google.url, "employes");
  const company = idOf(seed, 0);
  await control("POST", "/companies", { id: company, name: `Bedrijf ${seed}` });
  const people = { company, employees: 4 + random.upTo(5), seed };
  const { ids } = await control<{ ids: string[] }>("POST", "/seed", people);
  const { token } = await control<{ token: string }>("POST", "/tokens", { companies: [company] });
  return new Staff(control, { company, token, seed, ids });
}

class Staff implements Side {
  readonly body: object;
  readonly streams = ["employees"];
  readonly #control: ReturnType<typeof controlOf>;
  readonly #company: string;
  readonly #seed: number;
  readonly #everybody: Set<string>;
  readonly #gone = new Set<string>();
  #made = 0;
  #failing: string[] = [];
  #hidden: string[] = [];
  #isMissed = false;
  #isEmptied = false;

  constructor(
    control: ReturnType<typeof controlOf>,
    of: { company: string; token: string; seed: number; ids: string[] },
  ) {
    this.#control = control;
    this.#company = of.company;
    this.#seed = of.seed;
    this.#everybody = new Set(of.ids);
    const settings = { companyId: of.company };
    this.body = { provider: "employes", entered: { token: of.token }, settings, schedule: null };
  }

  async change(random: Random, once: Once): Promise<void> {
    for (let acts = 1 + random.upTo(3); acts > 0; acts--) {
      const act = await this.#draw(random, once);
      if (act) await this.#do(act);
    }
  }

  async changeWhileRead(random: Random, once: Once): Promise<void> {
    for (let acts = random.upTo(3); acts > 0; acts--) {
      const act = await this.#draw(random, once);
      const path = `/${this.#company}/employees?page=${1 + random.upTo(1)}`;
      const during = { path, nth: 1 + random.upTo(1), changes: [act] };
      if (act) await this.#control("POST", "/during", during);
    }
  }

  async #draw(random: Random, once: Once): Promise<Act | null> {
    const next = () => idOf(this.#seed, ++this.#made);
    const act = drawAct({ people: await this.#people(), gone: this.#gone, next }, random, once);
    if (!act) return null;
    this.#everybody.add(nameIn(act));
    this.#isMissed ||= act.do === "delete";
    return act.do === "upsert" ? { company: this.#company, ...act } : act;
  }

  async pending(): Promise<string[]> {
    const { during } = await this.#control<{ during: During[] }>("GET", "/during");
    const acts = during
      .filter(({ path, nth, matched }) => path.includes(this.#company) && matched < nth)
      .flatMap(({ changes }) => changes);
    // Who is deleted only then is missed in the sessions after.
    this.#isMissed ||= acts.some((act) => act.do === "delete");
    return acts.map((act) => nameIn(act));
  }

  /** Employments that come empty twice are believed to be none: one person's are hidden once a round. */
  fault(random: Random): Fault {
    const fault = staffFault(random, this.#company);
    const isEmpty = fault.body === "empty-list" && !fault.match.query;
    if (isEmpty && this.#isEmptied) return { ...fault, body: "truncated" };
    this.#isEmptied ||= isEmpty;
    return fault;
  }

  /** Somebody fails for a while; somebody else is not listed, or denied by name, and yet not deleted. */
  async disturb(random: Random, once: Once): Promise<void> {
    this.#isEmptied = false;
    const people = await this.#people();
    const claim = (share: number): string[] => {
      const id = random.pick(people)?.id;
      if (!random.chance(share) || id === undefined || once.has(id)) return [];
      once.add(id);
      return [id];
    };
    [this.#failing, this.#hidden] = [claim(0.4), claim(0.3)];
    const calls = { detail: random.chance(0.7), employments: true };
    for (const employee of this.#failing) await this.#do({ do: "failing", employee, ...calls });
    const list = random.chance(0.3);
    this.#isMissed ||= this.#hidden.length > 0;
    for (const employee of this.#hidden)
      await this.#do({ do: "visibility", employee, list, get: !list });
  }

  async relieve(): Promise<void> {
    const calls = { detail: false, employments: false };
    for (const employee of this.#failing) await this.#do({ do: "failing", employee, ...calls });
  }

  /** Who is not listed stays so for as many sessions as a deletion takes. */
  async settle(): Promise<void> {
    for (const employee of this.#hidden) await this.#do({ do: "visibility", employee });
    [this.#failing, this.#hidden] = [[], []];
  }

  quietSessions(): number {
    const sessions = this.#isMissed ? 4 : 2;
    this.#isMissed = false;
    return sessions;
  }

  log() {
    return readStaffLog(this.#control, this.#everybody);
  }

  async state() {
    return staffRecords(await this.#people());
  }

  async #do({ do: name, ...body }: Act): Promise<void> {
    await this.#control("POST", `/${name}`, body).catch(unlessRefused);
  }

  async #people(): Promise<Person[]> {
    const path = `/employees?company=${this.#company}`;
    return (await this.#control<{ employees: Person[] }>("GET", path)).employees;
  }
}

/** The same ids for the same seed. */
function idOf(seed: number, n: number): string {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  return `${hex(seed, 8)}-0000-4000-8000-${hex(n, 12)}`;
}
