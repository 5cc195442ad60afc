import type { Fault } from "../google.ts";
import type { Stack } from "../stack.ts";
import type { Random } from "./draw.ts";
import { faults, unlessRefused } from "./shop.ts";
import { controlOf, type Once, type Side } from "./side.ts";
import { drawAct, type Act } from "./staff-acts.ts";
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
  await control("POST", "/seed", { company, employees: 4 + random.upTo(5), seed });
  const { token } = await control<{ token: string }>("POST", "/tokens", { companies: [company] });
  const people = async () =>
    (await control<{ employees: Person[] }>("GET", `/employees?company=${company}`)).employees;
  const gone = new Set<string>();
  const everybody = new Set((await people()).map(({ id }) => id));
  let made = 0;
  const next = () => {
    const id = idOf(seed, ++made);
    everybody.add(id);
    return id;
  };
  let hidden: string[] = [];
  let failing: string[] = [];
  let absent = false;
  let isEmptied = false;
  const draw = async (once: Once, by: Random): Promise<Act | null> => {
    const act = drawAct({ people: await people(), gone, next }, by, once);
    absent ||= act?.do === "delete";
    return act && (act.do === "upsert" ? { company, ...act } : act);
  };
  const one = (by: Random, once: Once, all: readonly Person[]): string | null => {
    const id = by.pick(all)?.id;
    if (id === undefined || once.has(id)) return null;
    once.add(id);
    return id;
  };
  return {
    body: {
      provider: "employes",
      entered: { token },
      settings: { companyId: company },
      schedule: null,
    },
    streams: ["employees"],
    async change(by, once) {
      for (let acts = 1 + by.upTo(3); acts > 0; acts--) {
        const { do: name, ...body } = (await draw(once, by)) ?? { do: "" };
        if (name) await control("POST", `/${name}`, body).catch(unlessRefused);
      }
    },
    async changeWhileRead(by, once) {
      for (let acts = by.upTo(3); acts > 0; acts--) {
        const act = await draw(once, by);
        const path = `/${company}/employees?page=${1 + by.upTo(1)}`;
        if (act) await control("POST", "/during", { path, nth: 1 + by.upTo(1), changes: [act] });
      }
    },
    async pending() {
      const { during } = await control<{ during: During[] }>("GET", "/during");
      const waiting = during.filter(
        ({ path, nth, matched }) => path.includes(company) && matched < nth,
      );
      // Who is deleted only then is looked for in the sessions after.
      absent ||= waiting.some(({ changes }) => changes.some((act) => act.do === "delete"));
      return waiting.flatMap(({ changes }) => changes.map(({ employee }) => nameOf(employee)));
    },
    fault(by) {
      const fault = faultOf(by, company);
      // Employments that come empty twice are believed to be none: one person's are hidden once a round.
      const isEmpty = fault.body === "empty-list" && !fault.match.query;
      if (isEmpty && isEmptied) return { ...fault, body: "truncated" };
      isEmptied ||= isEmpty;
      return fault;
    },
    /** Somebody is failing for a while; somebody else is in the list no more, or denied, and not deleted. */
    async disturb(by, once) {
      isEmptied = false;
      const all = await people();
      const employee = by.chance(0.4) ? one(by, once, all) : null;
      if (employee) {
        failing = [employee];
        await control("POST", "/failing", { employee, detail: by.chance(0.7), employments: true });
      }
      const other = by.chance(0.3) ? one(by, once, all) : null;
      if (!other) return;
      hidden = [other];
      // Denied as well it would be deleted after three sessions.
      const isListed = by.chance(0.3);
      absent ||= !isListed;
      await control("POST", "/visibility", { employee: other, list: isListed, get: !isListed });
    },
    /** Who is missing from the list alone stays so for as many sessions as a deletion takes. */
    async relieve() {
      for (const employee of failing)
        await control("POST", "/failing", { employee, detail: false, employments: false }).catch(
          unlessRefused,
        );
      failing = [];
    },
    async settle() {
      for (const employee of hidden)
        await control("POST", "/visibility", { employee }).catch(unlessRefused);
      hidden = [];
    },
    quietSessions() {
      const sessions = absent ? 4 : 2;
      absent = false;
      return sessions;
    },
    log: () => readStaffLog(control, everybody),
    state: async () => staffRecords(await people()),
  };
}

const nameOf = (employee: string | { id: string }) =>
  typeof employee === "string" ? employee : employee.id;

/** The same ids for the same seed. */
function idOf(seed: number, n: number): string {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  return `${hex(seed, 8)}-0000-4000-8000-${hex(n, 12)}`;
}

function faultOf(random: Random, company: string): Fault {
  const list = { path: `/employes/v4/${company}/employees$`, query: `page=${1 + random.upTo(1)}` };
  const anybody = { path: `/employes/v4/${company}/employees` };
  const nth = random.chance(0.5) ? 1 : 2 + random.upTo(2);
  return { match: random.chance(0.5) ? list : anybody, nth, ...random.pick(usual) };
}

/** A token that is refused is one that a person has to replace. */
const usual = faults.filter(
  ({ status, body, times = 1 }) => status !== 401 && (body !== "empty-list" || times === 1),
);
