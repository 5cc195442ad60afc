import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNotifiers } from "../../notifiers/index.ts";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let sink: Server;
let place = "";
let answer: { status: number; body: string } = { status: 200, body: "ok" };
const got: { headers: Record<string, unknown>; body: string }[] = [];

beforeAll(async () => {
  sink = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      response.writeHead(answer.status).end(answer.body);
    });
  }).listen(0, "127.0.0.1");
  await once(sink, "listening");
  place = `127.0.0.1:${(sink.address() as AddressInfo).port}`;
  api = await startApi({ notifiers: createNotifiers({ mail: null, allowedHosts: [place] }) });
  company = await api.company("One");
});
afterAll(async () => {
  sink.close();
  await api.stop();
});

const targets = "/api/notification-targets";
const ask = (method: string, path: string, body?: unknown) =>
  send(api, method, path, { key: company.keys.admin, ...(body !== undefined && { body }) });
const secretAddress = () => `http://${place}/services/T0/B0/very-secret-part`;
async function add(more: object = {}): Promise<Record<string, unknown> & { id: string }> {
  const made = await ask("POST", targets, {
    kind: "slack",
    name: "Ops",
    address: secretAddress(),
    ...more,
  });
  expect(made.status).toBe(201);
  return made.body as unknown as Record<string, unknown> & { id: string };
}

test("an address is never shown again, and is sealed in its row", async () => {
  const { id, secret } = await add();
  expect(secret).toBeNull();
  const shown = [
    await ask("GET", `${targets}/${id}`),
    await ask("GET", targets),
    await ask("PATCH", `${targets}/${id}`, { name: "Others" }),
  ];
  for (const { text } of shown) {
    expect(text).not.toContain("very-secret");
    expect(text).toContain(`${place}/…part`);
  }
  const [row] = await api.sql<{ address: string }>(
    "select address from notification_targets where id = $1",
    [id],
  );
  expect(row?.address).toMatch(/^v1\|k1\|/);
});

test("a webhook's secret is shown once, and signs what is sent", async () => {
  const { id, secret } = await add({ kind: "webhook" });
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  expect((await ask("GET", `${targets}/${id}`)).text).not.toContain("whsec_");
  got.length = 0;
  expect((await ask("POST", `${targets}/${id}/test`)).body).toMatchObject({ outcome: "sent" });
  expect(got[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
  const again = (await ask("POST", `${targets}/${id}/secret`)).body as unknown as {
    secret: string;
  };
  expect(again.secret).toMatch(/^whsec_/);
  expect(again.secret).not.toBe(secret);
  const { id: slack } = await add();
  expect((await ask("POST", `${targets}/${slack}/secret`)).status).toBe(404);
});

test("a test is sent now and answers what came, without a word of what was answered", async () => {
  const { id } = await add();
  const outcomes: [number, string, string][] = [
    [200, "ok", "sent"],
    [429, "", "wait"],
    [500, "inner secrets", "retry"],
    [400, "invalid_payload", "permanent"],
    [404, "no_service", "dead"],
  ];
  for (const [status, body, outcome] of outcomes) {
    answer = { status, body };
    const came = await ask("POST", `${targets}/${id}/test`);
    expect(came.body).toMatchObject({ outcome });
    expect(came.text).not.toContain("inner secrets");
  }
  answer = { status: 200, body: "ok" };
  expect((await ask("GET", `${targets}/${id}`)).body).toMatchObject({ enabled: true });
});

describe("an address that nothing may be sent to is refused", () => {
  test.each([
    ["slack", "https://example.test/services/T/B/x"],
    ["slack", "http://hooks.slack.com/services/T/B/x"],
    ["discord", "https://discord.com/channels/1"],
    ["webhook", "http://example.test/hook"],
    ["webhook", "https://user:pass@example.test/hook"],
    ["webhook", "https://example.test:22/hook"],
    ["webhook", "ftp://example.test/hook"],
    ["webhook", "not an address"],
  ])("%s: %s", async (kind, address) => {
    const refused = await ask("POST", targets, { kind, name: "x", address });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({
      code: "address_refused",
      errors: [{ in: "body", pointer: "/address" }],
    });
  });

  test("mail is, where no server is configured", async () => {
    const refused = await ask("POST", targets, {
      kind: "email",
      name: "x",
      address: "ops@example.test",
    });
    expect(refused.body).toMatchObject({ status: 409, code: "mail_not_configured" });
  });
});

test("what a person chooses is kept, and what makes no sense is refused", async () => {
  const quietHours = { from: "22:00", to: "07:00", zone: "Europe/Amsterdam" };
  const { id } = await add({
    minSeverity: "error",
    connectionId: company.connectionId,
    detail: "full",
    quietHours,
  });
  const seen = await ask("GET", `${targets}/${id}`);
  expect(seen.body).toMatchObject({ minSeverity: "error", detail: "full", quietHours });
  const off = await ask("PATCH", `${targets}/${id}`, { enabled: false, quietHours: null });
  expect(off.body).toMatchObject({ enabled: false, disabledReason: "switched off by a person" });
  const on = await ask("PATCH", `${targets}/${id}`, { enabled: true });
  expect(on.body).toMatchObject({ enabled: true, disabledReason: null, quietHours: null });
  for (const wrong of [
    { quietHours: { ...quietHours, zone: "Mars/Base" } },
    { quietHours: { ...quietHours, from: "25:00" } },
    { connectionId: (await api.company("Two")).connectionId },
    { kind: "webhook" },
    { companyId: company.id },
  ])
    expect((await ask("PATCH", `${targets}/${id}`, wrong)).status).toBe(400);
});

test("a snooze has an end within a year, and can be ended", async () => {
  const { id } = await add();
  const snooze = (until: string | null) => ask("POST", `${targets}/${id}/snooze`, { until });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  expect((await snooze(until)).body).toMatchObject({ snoozedUntil: until });
  expect((await snooze(null)).body).toMatchObject({ snoozedUntil: null });
  expect((await snooze("2001-01-01")).status).toBe(400);
  expect((await snooze("2199-01-01")).status).toBe(400);
});

test("notices say whom they reached, and are found by how loud they are and what they tell", async () => {
  const { id } = await add();
  const [notice] = await api.sql<{ id: string }>(
    `insert into notices (company_id, kind, severity, connection_id, message)
     values ($1, 'failed', 'error', $2, 'it fails'), ($1, 'recovered', 'info', $2, 'it works') returning id`,
    [company.id, company.connectionId],
  );
  await api.sql(
    "insert into deliveries (company_id, notice_id, target_id, state, error) values ($1, $2, $3, 'failed', 'no')",
    [company.id, notice?.id, id],
  );
  const found = await ask("GET", "/api/notices?severity=error&kind=failed");
  expect(found.body).toMatchObject({
    data: [{ kind: "failed", deliveries: [{ targetId: id, state: "failed", error: "no" }] }],
  });
  expect((await ask("GET", "/api/notices?severity=loud")).status).toBe(400);
  const sent = await ask("GET", `${targets}/${id}/deliveries`);
  expect(sent.body).toMatchObject({ data: [{ noticeId: Number(notice?.id), attempts: 0 }] });
  expect((await ask("DELETE", `${targets}/${id}`)).status).toBe(204);
  expect((await ask("GET", `${targets}/${id}/deliveries`)).status).toBe(404);
});
