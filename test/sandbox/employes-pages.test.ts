import { afterAll, beforeEach, expect, test } from "vitest";
import { COMPANY, dayFromNow, hired, type Running, start } from "./employes-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const show = async (path = "/employes") => (await fetch(`${now.url}${path}`)).text();
const send = (act: string, form: Record<string, string>) =>
  fetch(`${now.url}/employes/${act}`, {
    method: "POST",
    body: new URLSearchParams(form),
    redirect: "manual",
  });

/** What a browser sends of the form of an act, unless something else is typed. */
async function typed(act: string, id: string | undefined, more: Record<string, string>) {
  const page = await show(
    `/employes?company=${COMPANY}${id === undefined ? "" : `&employee=${id}`}`,
  );
  const at = page.indexOf(`action="/employes/${act}"`);
  expect(at).toBeGreaterThan(0);
  const inputs = page.slice(at, page.indexOf("</form>", at)).matchAll(/<input\b[^>]*>/g);
  const attribute = (input: string, name: string) =>
    new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1] ?? "";
  const fields = [...inputs].map(([input]) => [
    attribute(input, "name"),
    attribute(input, "value"),
  ]);
  return send(act, { ...(Object.fromEntries(fields) as Record<string, string>), ...more });
}

test("the people are listed with what they work and earn, whatever they are called", async () => {
  await hired(now, { surname: "<b>", hours_per_week: 32, month_wage: 2850 });
  const page = await show();
  expect(page).toContain("Voorbeeld B.V.");
  expect(page).toContain("Sanne de &lt;b&gt;");
  expect(page).toMatch(/<td>active<\/td>\s*<td>2024-01-01<\/td>\s*<td>32<\/td>\s*<td>2850<\/td>/);
});

test("the page shows the token that a connection is made with", async () => {
  expect(await show()).toContain(now.token);
});

test("somebody is hired with a name alone, from today", async () => {
  const answer = await typed("hire", undefined, { first_name: "Bram", surname: "Proef" });
  expect([answer.status, answer.headers.get("location")]).toEqual([
    303,
    `/employes?company=${COMPANY}`,
  ]);
  const [one] = (await now.list()).data;
  expect(one).toMatchObject({ first_name: "Bram", surname: "Proef", status: "active" });
  expect((await now.employments(one?.id ?? "")).body).toMatchObject([
    { start_date: `${dayFromNow(0)}T00:00:00`, hours: [{ hours_per_week: 40 }] },
  ]);
});

test("hours and salary change from a day, and somebody leaves", async () => {
  const { id } = await hired(now);
  await typed("hours", id, { hours_per_week: "24", from: "2025-06-01" });
  await typed("salary", id, { month_wage: "2100.5", from: "2025-06-01" });
  const { body } = await now.employments(id);
  expect(body[0]).toMatchObject({
    hours: [
      { end_date: "2025-05-31T00:00:00" },
      { hours_per_week: 24, start_date: "2025-06-01T00:00:00" },
    ],
    salary: [{ month_wage: 3000 }, { month_wage: 2100.5 }],
  });
  expect((await typed("leave", id, {})).status).toBe(303);
  expect((await now.list()).data).toMatchObject([{ id, status: "out of service" }]);
});

test("people are invented, others each time", async () => {
  await typed("fill", undefined, { employees: "5" });
  await typed("fill", undefined, { employees: "5" });
  expect((await now.list()).total).toBe(10);
});

test("what cannot be done is said above the forms", async () => {
  const { id } = await hired(now);
  const early = await typed("hours", id, { hours_per_week: "24", from: "2020-01-01" });
  expect([early.status, await early.text()]).toEqual([
    400,
    expect.stringContaining('role="alert"'),
  ]);
  const nameless = await typed("hire", undefined, { first_name: "", surname: "" });
  expect([nameless.status, await nameless.text()]).toEqual([
    400,
    expect.stringContaining("first_name"),
  ]);
});

test("the page of one company shows nobody of another", async () => {
  await hired(now);
  const { id } = await now.control<{ id: string }>("POST", "/companies", { name: "Tweede B.V." });
  const page = await show(`/employes?company=${id}`);
  expect(page).toContain("Nobody works here yet.");
  expect(page).toContain("Tweede B.V.");
});
