import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as errors from "../../../connectors/errors.ts";
import type { RecordChange, RecordPage } from "../../../connectors/records.ts";
import { collect, never } from "../scripted.ts";
import { type CompanyRig, openCompany } from "./sandbox.ts";

/** What Employes does by itself, as far as the sandbox knows. */
let rig: CompanyRig;
beforeEach(async () => {
  rig = await openCompany({ pageSize: 10 });
});
afterEach(() => rig.close());

const seed = async (employees: number) =>
  (await rig.control<{ ids: string[] }>("/employes/seed", { employees })).ids;
const set = (settings: object) => rig.control("/employes/settings", settings);
const pull = () => collect(rig.open().pull("employees", null, never));
const list = async () => (await pull()).flatMap(({ changes }) => changes);
const details = async (id: string) => {
  const found = await rig.open().details?.("employees", id, never);
  if (!found) throw new Error("people have details");
  return found;
};
const contents = (changes: readonly RecordChange[] = []) =>
  changes.map((one) => (one.state === "living" ? one.item.content : null));
const hintsOf = (changes: readonly RecordChange[]) =>
  new Map(changes.map((one) => [one.remoteId, one.state === "living" ? one.item.hint : null]));

describe("the list of people", () => {
  test("is understood whole, however mixed its types are", async () => {
    const ids = await seed(60);
    const pages = await pull();
    expect(pages.map(({ total }) => total)).toEqual(Array(6).fill(60));
    const changes = pages.flatMap((one) => one.changes);
    expect(changes.map(({ remoteId }) => remoteId).toSorted()).toEqual(ids.toSorted());
    expect(changes.every(({ state }) => state === "living")).toBe(true);
  });

  test("says the same in both wrappings, and whoever lacks the employment this time", async () => {
    await seed(25);
    await set({ withoutEmployment: "flicker" });
    const first = contents(await list());
    for (const lists of ["bare", "wrapped"]) {
      await set({ lists });
      expect(contents(await list())).toEqual(first);
    }
  });

  test("has hints that stay while nothing happens, and move with hours and pay", async () => {
    const [id = ""] = await seed(9);
    await set({ withoutEmployment: "none" });
    const before = hintsOf(await list());
    expect(hintsOf(await list())).toEqual(before);
    await rig.act("salary", { employee: id, from: "2026-01-01", month_wage: 4_321 });
    const after = hintsOf(await list());
    expect(after.get(id)).not.toBe(before.get(id));
    expect([...after].filter(([one]) => one !== id)).toEqual(
      [...before].filter(([one]) => one !== id),
    );
    await set({ withoutEmployment: "all" });
    expect([...hintsOf(await list()).values()].every((hint) => hint === undefined)).toBe(true);
  });

  test("that drops somebody says by its total that it is not whole (F48)", async () => {
    await seed(8);
    await rig.control("/employes/list-trouble", { dropped: 2 });
    const [{ changes, total }] = (await pull()) as [Awaited<ReturnType<typeof pull>>[number]];
    expect([changes.length, total]).toEqual([6, 8]);
  });

  test("that fails on a page goes on from there", async () => {
    await seed(25);
    await rig.control("/employes/list-trouble", { fail: { page: 2, status: 500 } });
    const pages: RecordPage[] = [];
    const failure = await (async () => {
      for await (const page of rig.open().pull("employees", null, never)) pages.push(page);
    })().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(errors.Unavailable);
    const rest = await collect(rig.open().pull("employees", pages[0]?.cursor ?? null, never));
    const ids = [...pages, ...rest].flatMap(({ changes }) => changes.map((one) => one.remoteId));
    expect(new Set(ids).size).toBe(25);
  });
});

describe("the history of people", () => {
  test("is understood whole in both wrappings, for all lives there are", async () => {
    const ids = await seed(24);
    const read = async () => Promise.all(ids.map((id) => details(id)));
    const bare = await read();
    await set({ employments: "wrapped" });
    expect(await read()).toEqual(bare);
    const all = bare.flatMap((one) => Object.values(one).flat());
    expect(all.every(({ state }) => state === "living")).toBe(true);
    expect(bare.some(({ employments = [] }) => employments.length === 0)).toBe(true);
    expect(bare.some(({ employments = [] }) => employments.length > 1)).toBe(true);
    for (const stream of ["contracts", "hours", "salaries", "tax-details"]) {
      const keys = bare.flatMap((one) => (one[stream] ?? []).map(({ remoteId }) => remoteId));
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.length).toBeGreaterThan(20);
    }
  });

  test("keeps the keys of its slices when something is changed in one of them", async () => {
    const { id } = await rig.act("hire", {
      first_name: "Bram",
      surname: "Proef",
      from: "2024-01-01",
    });
    const before = await details(id);
    await rig.act("correct", {
      employee: id,
      kind: "salary",
      start_date: "2024-01-01",
      set: { month_wage: 3_333 },
    });
    const after = await details(id);
    const keysOf = ({ salaries = [] }: typeof before) => salaries.map(({ remoteId }) => remoteId);
    expect(keysOf(after)).toEqual(keysOf(before));
    expect(after["salaries"]).not.toEqual(before["salaries"]);
    expect(contents(after["salaries"])).toEqual(contents(before["salaries"]));
  });

  test("of one whose call fails for ever fails alone, and says nobody has left", async () => {
    const [failing = "", other = ""] = await seed(3);
    await rig.act("failing", { employee: failing, detail: true });
    await expect(details(failing)).rejects.toThrow(errors.Unavailable);
    await expect(rig.open().read("employees", failing, never)).rejects.toThrow(errors.Unavailable);
    expect((await details(other))["details"]).toHaveLength(1);
    expect(await list()).toHaveLength(3);
  });

  test("stays when somebody leaves: they are out of service and still there", async () => {
    const { id } = await rig.act("hire", {
      first_name: "Bram",
      surname: "Proef",
      from: "2024-01-01",
    });
    await rig.act("leave", { employee: id, on: "2026-01-31" });
    expect(contents(await list())).toMatchObject([{ status: "out of service" }]);
    expect(contents((await details(id))["employments"])).toMatchObject([{ endDate: "2026-01-31" }]);
  });
});

describe("what the token may", () => {
  test("is told by the list of companies", async () => {
    expect(await rig.open().collections?.(never)).toEqual([
      {
        id: rig.company,
        name: "Voorbeeld B.V.",
        zone: "Europe/Amsterdam",
        writable: false,
        primary: true,
      },
    ]);
    expect(await rig.open().prepare?.(never)).toEqual({ companyId: rig.company });
  });

  test("is nothing at another company", async () => {
    const other = await rig.control<{ id: string }>("/employes/companies", { name: "Elders B.V." });
    const settings = { companyId: other.id };
    const remote = rig.connector.open({ ...rig.connection, settings });
    await expect(remote.prepare?.(never)).rejects.toThrow(errors.Rejected);
    await expect(collect(remote.pull("employees", null, never))).rejects.toThrow(errors.Forbidden);
  });

  test("ends with its year, and that is found by the first call", async () => {
    const { token } = await rig.control<{ token: string }>("/employes/tokens", { exp: 1 });
    const grant = await rig.connector.entry?.grant({ token }, never);
    expect(grant).toMatchObject({ accessToken: token, expiresAt: 1_000 });
    rig.connection.token = token;
    await expect(pull()).rejects.toThrow(errors.Unauthenticated);
    expect(rig.connection.refused).toEqual([token]);
  });

  test("is so much in a second, and a limit that says nothing lasts a second", async () => {
    await set({ rateLimit: { perSecond: 1, burst: 1, retryAfter: null } });
    await pull();
    await expect(pull()).rejects.toMatchObject({ name: "RateLimited", retryAfterMs: 1_000 });
  });
});
