import { afterAll, beforeEach, expect, test } from "vitest";
import { COMPANY, dayFromNow, hired, type Running, start } from "./employes-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const person = (id: string) => `/${COMPANY}/employees/${id}`;
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object;
const mint = (body: object) => now.control<{ token: string; exp: number }>("POST", "/tokens", body);
const OTHER = "c0de0000-0000-4000-8000-000000000002";

test("the demo's token and company are there from the start, the same in every sandbox", async () => {
  const other = await start();
  started.push(other);
  expect(other.token).toBe(now.token);
  expect(await now.get("/companies")).toMatchObject({
    status: 200,
    body: { data: [{ id: COMPANY, name: "Voorbeeld B.V." }], total: 1, pages: 1 },
  });
  expect((await now.get(`/${COMPANY}`)).body).toEqual({ id: COMPANY, name: "Voorbeeld B.V." });
  expect(claimsOf(now.token)).toMatchObject({ role: "api", iss: "employes", aud: "connect" });
});

test("a token lives a year by the clock of the sandbox, or as long as is said", async () => {
  const { token, exp } = await mint({});
  expect(exp).toBeCloseTo(Date.now() / 1000 + 365 * 86_400, -2);
  expect(claimsOf(token)).toMatchObject({ exp });
  const short = await mint({ exp: Math.floor(Date.now() / 1000) + 60 });
  expect([
    (await now.get("/companies", token)).status,
    (await now.get("/companies", short.token)).status,
  ]).toEqual([200, 200]);
  await fetch(`${now.url}/sandbox/clock`, {
    method: "POST",
    body: JSON.stringify({ offsetMs: 120_000 }),
    headers: { "content-type": "application/json" },
  });
  expect(await now.get("/companies", short.token)).toMatchObject({
    status: 401,
    body: { message: "Unauthorized" },
  });
  expect((await now.get("/companies", token)).status).toBe(200);
});

test("without a token, with a wrong one or with one that was taken back there is no answer", async () => {
  const { token } = await mint({});
  await now.control("POST", "/tokens/revoke", { token });
  const forged = `${now.token.slice(0, -4)}AAAA`;
  for (const wrong of [null, token, forged, "x"])
    expect((await now.get("/companies", wrong)).status).toBe(401);
});

test("a token reaches the companies it was made for, and no other", async () => {
  await now.control("POST", "/companies", { id: OTHER, name: "Tweede B.V." });
  const { token } = await mint({ companies: [COMPANY, OTHER] });
  expect((await now.get("/companies", token)).body).toMatchObject({ total: 2 });
  expect((await now.get(`/${OTHER}`, token)).status).toBe(200);
  expect((await now.get(`/${OTHER}`)).status).toBe(403);
  expect((await now.get("/c0de0000-0000-4000-8000-000000000009")).status).toBe(404);
});

test("the employees of one company are not found below another", async () => {
  await now.control("POST", "/companies", { id: OTHER, name: "Tweede B.V." });
  const { token } = await mint({ companies: [COMPANY, OTHER] });
  const { id } = await hired(now);
  expect((await now.get(`/${OTHER}/employees/${id}`, token)).status).toBe(404);
  expect((await now.get(person(id), token)).status).toBe(200);
});

test("an unknown route is refused in the gateway's own words", async () => {
  const { id } = await hired(now);
  for (const path of [
    "/nothing",
    `/${COMPANY}/payruns`,
    `${person(id)}/contracts`,
    "/nothing/employees",
  ]) {
    const { status, body } = await now.get(path);
    expect([path, status]).toEqual([path, 403]);
    expect(body["message"]).toMatch(
      /^Invalid key=value pair \(missing equal-sign\) in Authorization header \(hashed with SHA-256 and encoded with Base64\): '[\w+/]{43}='\.$/,
    );
  }
  const written = await fetch(`${now.url}/employes/v4/${COMPANY}/employees`, {
    method: "POST",
    headers: { authorization: `Bearer ${now.token}` },
  });
  expect(written.status).toBe(403);
});

test("a person is shown with days as midnights, an empty time of making and microseconds without a zone", async () => {
  const { id } = await hired(now, { hours_per_week: 36, days_per_week: 4 });
  const { body } = await now.get(person(id));
  expect(body).toMatchObject({
    id,
    administration_id: COMPANY,
    first_name: "Sanne",
    surname_prefix: "de",
    surname: "Vries",
    status: "active",
    date_of_birth: "1990-01-01T00:00:00",
    personal_identification_number: "000000000",
    iban: "NL00TEST0000000001",
    yearly_wage: 36_000,
    dt_create: "0001-01-01T00:00:00",
    dt_update: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
  });
  expect(body["employment"]).toEqual({
    start_date: "2024-01-01T00:00:00",
    end_date: null,
    contract: {
      start_date: "2024-01-01T00:00:00",
      end_date: null,
      hours_per_week: 36,
      max_hours: null,
      min_hours: null,
      days_per_week: 4,
      employee_type: "parttime",
    },
    salary: {
      start_date: "2024-01-01T00:00:00",
      hour_wage: 19.23,
      month_wage: 3000,
      yearly_wage: 36_000,
    },
    tax_details: { start_date: "2024-01-01T00:00:00", is_reduction_applied: true },
  });
});

test("employments come bare or wrapped, and somebody without any is not found there", async () => {
  const { id } = await hired(now);
  const bare = await now.employments(id);
  expect(bare.body).toEqual([
    {
      id: expect.any(String),
      start_date: "2024-01-01T00:00:00",
      end_date: null,
      is_active: true,
      contracts: [
        {
          start_date: "2024-01-01T00:00:00",
          end_date: null,
          contract_duration: "permanent",
          is_signed: true,
          sign_date: "2024-01-01T00:00:00",
        },
      ],
      hours: [
        {
          start_date: "2024-01-01T00:00:00",
          end_date: null,
          hours_per_week: 40,
          days_per_week: 5,
          employee_type: "fulltime",
        },
      ],
      salary: [
        {
          start_date: "2024-01-01T00:00:00",
          end_date: null,
          hour_wage: 17.31,
          month_wage: 3000,
          yearly_wage: 36_000,
        },
      ],
      tax_details: [{ start_date: "2024-01-01T00:00:00", is_reduction_applied: true }],
    },
  ]);
  await now.control("POST", "/settings", { employments: "wrapped" });
  expect((await now.employments(id)).body).toEqual({ data: bare.body });
  await now.act("employments", { employee: id, employments: [] });
  expect(await now.employments(id)).toMatchObject({ status: 404, body: { message: "Not Found" } });
  expect((await now.get(person(id))).body).not.toHaveProperty("employment");
});

test("the employment in a person is that of today, not what is planned", async () => {
  const { id } = await hired(now);
  await now.act("salary", { employee: id, from: dayFromNow(10), month_wage: 4000 });
  const wage = async () => (await now.get(person(id))).body["yearly_wage"];
  expect((await now.get(person(id))).body["employment"]).toMatchObject({
    salary: { month_wage: 3000 },
  });
  expect(await wage()).toBe(36_000);
});

test("one person's calls fail for ever, those of others do not", async () => {
  const [one, other] = [await hired(now), await hired(now)];
  await now.act("failing", { employee: one.id });
  for (let times = 0; times < 3; times += 1)
    expect(await now.get(person(one.id))).toMatchObject({
      status: 500,
      body: { message: "Internal server error" },
    });
  expect([
    (await now.employments(one.id)).status,
    (await now.get(person(other.id))).status,
  ]).toEqual([200, 200]);
  await now.act("failing", { employee: one.id, employments: true });
  expect((await now.employments(one.id)).status).toBe(500);
  await now.act("failing", { employee: one.id, detail: false, employments: false });
  expect((await now.get(person(one.id))).status).toBe(200);
});

test("more than five requests a second are too many, and a pause helps", async () => {
  await now.control("POST", "/settings", { rateLimit: {} });
  const { token } = await mint({});
  const statuses: number[] = [];
  for (let times = 0; times < 5; times += 1)
    statuses.push((await now.get("/companies", token)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200]);
  const answers = await Promise.all(Array.from({ length: 30 }, () => now.get("/companies", token)));
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toEqual({ message: "Too Many Requests" });
  expect(refused?.headers.get("retry-after")).toBe(null);
  expect((await now.get("/companies")).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await now.get("/companies", token)).status).toBe(200);
});

test("a refusal can say how long to wait", async () => {
  await now.control("POST", "/settings", {
    rateLimit: { perSecond: 0.001, burst: 1, retryAfter: "2" },
  });
  expect((await now.get("/companies")).status).toBe(200);
  const refused = await now.get("/companies");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"]);
});
