import { afterAll, beforeEach, expect, test } from "vitest";
import { COMPANY, hired, type Listed, type Running, start } from "./employes-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const seed = async (employees: number) =>
  (await now.control<{ ids: string[] }>("POST", "/seed", { employees })).ids;
const idsOf = ({ data }: Listed) => data.map(({ id }) => id);
const trouble = (body: object) => now.control("POST", "/list-trouble", body);
const lacking = ({ data }: Listed) =>
  data.filter(({ employment }) => employment === undefined).map(({ id }) => id);

test("a list comes in pages of at most a hundred, and is empty beyond its end", async () => {
  const ids = await seed(117);
  const first = await now.list("?page=1&per_page=500");
  expect(first).toMatchObject({ total: 117, pages: 2, page: 1, per_page: 100 });
  const second = await now.list("?page=2&per_page=100");
  expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
  expect(await now.list("?page=3")).toEqual({
    data: [],
    total: 117,
    pages: 2,
    page: 3,
    per_page: 100,
  });
  expect(await now.list("?page=4&per_page=30")).toMatchObject({ pages: 4, per_page: 30 });
});

test("a page that is no number is refused", async () => {
  for (const query of ["?page=0", "?page=x", "?per_page=0"])
    expect((await now.get(`/${COMPANY}/employees${query}`)).status).toBe(422);
});

test("lists can be bare arrays", async () => {
  const ids = await seed(3);
  await now.control("POST", "/settings", { lists: "bare" });
  const { body } = await now.get<{ id: string }[]>(`/${COMPANY}/employees`);
  expect(body.map(({ id }) => id)).toEqual(ids);
  expect((await now.get("/companies")).body).toEqual([{ id: COMPANY, name: "Voorbeeld B.V." }]);
});

test("about a quarter lacks the employment in the list, the same at each reading, and has it itself", async () => {
  await seed(100);
  const without = lacking(await now.list());
  const none = (
    await now.control<{ employees: { id: string; employments: [] }[] }>("GET", "/employees")
  ).employees
    .filter(({ employments }) => employments.length === 0)
    .map(({ id }) => id);
  const left = without.filter((id) => !none.includes(id));
  expect(left.length).toBeGreaterThan(12);
  expect(left.length).toBeLessThan(38);
  expect(lacking(await now.list())).toEqual(without);
  expect((await now.get(`/${COMPANY}/employees/${left[0]}`)).body).toHaveProperty("employment");
  await now.control("POST", "/settings", { withoutEmployment: "none" });
  expect(lacking(await now.list())).toEqual(none);
  await now.control("POST", "/settings", { withoutEmployment: "all" });
  expect(lacking(await now.list())).toHaveLength(100);
});

test("which quarter it is can flicker from reading to reading", async () => {
  await seed(60);
  await now.control("POST", "/settings", { withoutEmployment: "flicker" });
  expect(lacking(await now.list())).not.toEqual(lacking(await now.list()));
});

test("a page fails as often as is said, and then no more", async () => {
  await seed(5);
  await trouble({ fail: { page: 2, times: 2, status: 503 } });
  const status = async (page: number) =>
    (await now.get(`/${COMPANY}/employees?page=${page}&per_page=2`)).status;
  expect([
    await status(1),
    await status(2),
    await status(3),
    await status(2),
    await status(2),
  ]).toEqual([200, 503, 200, 503, 200]);
});

test("a list can count more than it delivers", async () => {
  const ids = await seed(10);
  await trouble({ dropped: 4 });
  const list = await now.list("?per_page=5");
  expect(list).toMatchObject({ total: 10, pages: 2 });
  expect([...idsOf(list), ...idsOf(await now.list("?page=2&per_page=5"))]).toEqual(ids.slice(0, 6));
});

test("a list finds nobody as often as is said", async () => {
  await seed(2);
  await trouble({ emptyTimes: 2 });
  const totals = [];
  for (let times = 0; times < 3; times += 1) totals.push((await now.list()).total);
  expect(totals).toEqual([0, 0, 2]);
});

test("a person vanishes from the list, and is still answered for or not", async () => {
  const { id } = await hired(now);
  const seen = async () => [
    idsOf(await now.list()).includes(id),
    (await now.get(`/${COMPANY}/employees/${id}`)).status,
    (await now.employments(id)).status,
  ];
  const last = await now.last();
  await now.act("visibility", { employee: id, list: false });
  expect(await seen()).toEqual([false, 200, 200]);
  await now.act("visibility", { employee: id, list: false, get: false });
  expect(await seen()).toEqual([false, 404, 404]);
  await now.act("visibility", { employee: id });
  expect(await seen()).toEqual([true, 200, 200]);
  expect(await now.logSince(last)).toEqual([]);
});

test("the list can take its time, and only the list", async () => {
  await now.control("POST", "/settings", { listDelayMs: 700 });
  const began = performance.now();
  await now.get("/companies");
  const between = performance.now();
  await now.list();
  expect(performance.now() - between).toBeGreaterThan(690);
  expect(between - began).toBeLessThan(690);
});

test("changes happen between two pages: one who goes makes another be missed", async () => {
  const ids = await seed(4);
  await now.control("POST", "/during", {
    path: `/${COMPANY}/employees?page=1`,
    nth: 2,
    changes: [
      { do: "delete", employee: ids[0] },
      { do: "hire", first_name: "Bram", surname: "Proef" },
    ],
  });
  const read = async () => [
    ...idsOf(await now.list("?page=1&per_page=2")),
    ...idsOf(await now.list("?page=2&per_page=2")),
  ];
  expect(await read()).toEqual(ids);
  const between = await read();
  expect(between.slice(0, 3)).toEqual([ids[0], ids[1], ids[3]]);
  expect(between[3]).not.toBe(ids[2]);
  expect(await read()).toHaveLength(4);
});

test("what is to be done during a call is checked when it is said, and what could not be done is told", async () => {
  const said = (changes: object[]) =>
    now.control("POST", "/during", { path: `/${COMPANY}/employees`, changes });
  await expect(said([{ do: "dance" }])).rejects.toThrow("404");
  await expect(said([{ do: "leave" }])).rejects.toThrow("400");
  await said([{ do: "leave", employee: "00000000-0000-4000-8000-000000000000" }]);
  await now.list();
  expect(await now.control("GET", "/during")).toMatchObject({
    during: [{ matched: 1, problem: expect.stringContaining("no employee") }],
  });
});
