import { afterAll, beforeEach, expect, test } from "vitest";
import { type Running, start } from "./kiotviet-client.ts";

let now: Running;
const opened: Running[] = [];
beforeEach(async () => opened.push((now = await start())));
afterAll(() => Promise.all(opened.map(({ listening }) => listening.close())));

const see = async (path: string) => (await fetch(`${now.url}${path}`)).text();

/** The fields of the form that is drawn for saving, hidden ones too, as a browser would send them. */
async function drawn(path: string): Promise<Record<string, string>> {
  const form = /action="\/kiotviet\/page\/save[^]*?<\/form>/.exec(await see(path))?.[0] ?? "";
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1] ?? "";
    const box = tag.includes("checkbox");
    if (!box) fields[name] = /value="([^"]*)"/.exec(tag)?.[1] ?? "";
    else if (tag.includes("checked")) fields[name] = "on";
  }
  fields["categoryId"] = /<option value="(\d+)"\s+selected/.exec(form)?.[1] ?? "";
  return fields;
}

const send = (name: string, fields: Record<string, string>, query = "") =>
  fetch(`${now.url}/kiotviet/page/${name}${query}`, {
    method: "POST",
    body: new URLSearchParams(fields),
    redirect: "manual",
  });

test("a person adds a product with its stock", async () => {
  await now.control("POST", "/categories", { categoryName: "Trà" });
  const fields = await drawn("/kiotviet");
  const answer = await send("save", {
    ...fields,
    name: "Trà <sen>",
    basePrice: "120000",
    categoryId: "11",
    "stock 1": "7",
  });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/kiotviet?"]);
  expect(await now.get("/products/9001")).toMatchObject({
    name: "Trà <sen>",
    basePrice: 120_000,
    categoryName: "Trà",
    isActive: true,
    inventories: [{ onHand: 7 }],
  });
  const page = await see("/kiotviet");
  expect(page).toContain("Trà &lt;sen&gt;");
  expect(page).not.toContain("<sen>");
});

test("a form changes what the person has changed, and not what moved meanwhile", async () => {
  await now.control("POST", "/seed", { products: 1, categories: 2 });
  const fields = await drawn("/kiotviet?edit=9001");
  await now.control("POST", "/products", { id: 9001, basePrice: 77 });
  await now.control("POST", "/stock", { product: 9001, onHand: 500 });
  const { lastChange } = await now.control("GET", "/state?brief=true");
  await send("save", { ...fields, name: "Tên mới" });
  const log = await now.log(`since=${lastChange}`);
  expect(log.map(({ stream, fields: changed }) => [stream, Object.keys(changed)])).toEqual([
    ["products", ["name", "fullName"]],
  ]);
  expect(await now.get("/products/9001")).toMatchObject({
    name: "Tên mới",
    basePrice: 77,
    inventories: [{ onHand: 500 }],
  });
});

test("a person moves stock and nothing else, and deletes", async () => {
  await now.control("POST", "/seed", { products: 2 });
  const { lastChange } = await now.control("GET", "/state?brief=true");
  const fields = await drawn("/kiotviet?edit=9001");
  await send("save", { ...fields, "stock 1": "1234" });
  const [entry, ...more] = await now.log(`since=${lastChange}`);
  expect([entry?.id, entry?.fields["onHand"]?.after, more]).toEqual(["9001:1", 1234, []]);
  await send("delete", { product: "9002" });
  expect((await now.call("GET", "/products/9002")).status).toBe(404);
});

test("what is refused is said on the page", async () => {
  await now.control("POST", "/products", [
    { name: "Một", code: "A" },
    { name: "Hai", code: "B" },
  ]);
  const fields = await drawn("/kiotviet?edit=9001");
  const answer = await send("save", { ...fields, code: "B" });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("đã tồn tại");
  expect((await send("save", { ...(await drawn("/kiotviet")), name: " " })).status).toBe(400);
});

test("products are searched, shops are chosen, and the list renews itself", async () => {
  await now.control("POST", "/products", [{ name: "Trà sen" }, { name: "Cà phê" }]);
  await now.control("POST", "/shops", { retailer: "other-shop" });
  const rows = await see("/kiotviet/page/rows?search=trà");
  expect([rows.includes("Trà sen"), rows.includes("Cà phê")]).toEqual([true, false]);
  expect(await see("/kiotviet?shop=other-shop")).toContain("There are no products here");
  expect((await fetch(`${now.url}/kiotviet?shop=none`, { redirect: "manual" })).status).toBe(303);
});
