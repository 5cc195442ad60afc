import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { wantedIn } from "../../db/bookings.ts";
import { bookingWindow } from "../../sync/bookings.ts";
import { morning, nine, openDesk } from "./booking-desk.ts";
import { send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let now: number;

beforeAll(async () => {
  api = await startApi({ now: () => now });
});
beforeEach(() => {
  now = morning;
});
afterAll(() => api.stop());

describe("booking", () => {
  test("a customer's booking is an event of the calendar, marked for the providers", async () => {
    const desk = await openDesk(api);
    const reply = await desk.book(nine(2), { note: "With my dog" });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      ruleId: desk.rule.id,
      startDateTime: "2026-12-02T09:00:00+01:00",
      endDateTime: "2026-12-02T10:00:00+01:00",
      timeZone: "Europe/Amsterdam",
      seat: 1,
      state: "booked",
      changeable: true,
      lies: null,
      createdBy: "member",
    });
    expect(reply.body["manageUrl"]).toMatch(/^http:\/\/127\.0\.0\.1:3000\/manage\/[\w-]{43}$/);
    const eventId = reply.body["eventId"];
    expect(await desk.event(eventId)).toEqual({
      title: "Checkup – Ann",
      description: "Bring papers\n\nWith my dog",
      at: "12-02 09:00",
      gone: false,
      source: "app",
    });
    const marks = await api.sql("select state from writes where event_id = $1", [eventId]);
    expect(marks).toEqual([{ state: "pending" }]);
    expect(await desk.free()).toEqual([1, 0, 1]);
  });

  test("of fifty who want three seats at once, exactly three get them", async () => {
    const desk = await openDesk(api, { capacity: 3 });
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, at) => desk.book(nine(2), { name: `Customer ${at}` })),
    );
    const won = replies.filter(({ status }) => status === 201);
    expect(won.map(({ body }) => body["seat"]).toSorted()).toEqual([1, 2, 3]);
    const lost = replies.filter(({ status }) => status !== 201);
    expect(lost.map(({ status, body }) => [status, body["code"]])).toEqual(
      Array.from({ length: 47 }, () => [409, "slot_full"]),
    );
    const [count] = await api.sql<{ n: number }>(
      "select count(*)::int as n from events where calendar_id = $1 and deleted_at is null",
      [desk.company.calendarId],
    );
    expect(count).toEqual({ n: 3 });
  });

  test("whoever writes with SQL gets no seat that is taken, and none that the rule lacks", async () => {
    const desk = await openDesk(api, { capacity: 2 });
    const { id } = await desk.booked(nine(2));
    const copy = (seat: number) =>
      api.sql(
        `insert into bookings (id, company_id, calendar_id, rule_id, title, starts_at, ends_at, start_local, zone, seat, customer_name,
           customer_email, token_hash, created_by)
         select $2::uuid, company_id, calendar_id, rule_id, title, starts_at + interval '30 minutes', ends_at + interval '30 minutes', start_local,
           zone, $3::int, 'x', 'x', sha256($2::uuid::text::bytea), 'sql' from bookings where id = $1`,
        [id, randomUUID(), seat],
      );
    await expect(copy(1)).rejects.toMatchObject({
      code: "23P01",
      constraint: "bookings_no_double",
    });
    await expect(copy(3)).rejects.toMatchObject({ code: "23P01", constraint: "bookings_seat" });
    await copy(2);
    expect((await desk.book(nine(2))).body["code"]).toBe("slot_full");
  });

  test("a repeat with its Idempotency-Key is the first answer, and one booking", async () => {
    const desk = await openDesk(api, { capacity: 5 });
    const once = { "idempotency-key": randomUUID() };
    const first = await desk.book(nine(2), {}, once);
    const again = await desk.book(nine(2), {}, once);
    expect(again.body).toEqual(first.body);
    expect((await desk.book(nine(3), {}, once)).status).toBe(422);
    expect(await desk.free()).toEqual([5, 4, 5]);
  });

  test("there is no slot between slots, in the past, beyond the horizon or where the rule is not bookable", async () => {
    const desk = await openDesk(api, { horizonDays: 7 });
    const code = async (start: string) => (await desk.book(start)).body["code"];
    expect(await code("2026-12-02T09:30")).toBe("no_slot");
    expect(await code("2026-11-30T09:00")).toBe("no_slot");
    expect(await code(nine(9))).toBe("no_slot");
    expect(await code("2026-12-02T08:00:00Z")).toBeUndefined();
    const closed = await openDesk(api, { bookable: false });
    expect(await closed.slots()).toEqual([]);
    expect((await closed.book(nine(2))).body["code"]).toBe("no_slot");
  });

  test.each([
    ["name", { name: " " }],
    ["name", { name: "Ann\nBcc: all" }],
    ["email", { email: "nobody" }],
    ["start", { start: "soon" }],
    ["ruleId", { ruleId: randomUUID() }],
    ["seat", { seat: 7 }],
  ])("a wrong %s is pointed at", async (field, body) => {
    const desk = await openDesk(api);
    const reply = await desk.book(nine(2), body);
    expect([reply.status, reply.body["errors"]]).toMatchObject([400, [{ pointer: `/${field}` }]]);
  });
});

describe("what else is on the calendar", () => {
  const meet = (desk: Awaited<ReturnType<typeof openDesk>>) =>
    send(api, "POST", "/api/events", {
      key: desk.key,
      body: {
        title: "Dentist",
        calendarId: desk.company.calendarId,
        startDateTime: "2026-12-02T09:30",
        endDateTime: "2026-12-02T09:45",
      },
    });

  test("closes the slots of a rule that gives way, and not of one that keeps its place", async () => {
    const desk = await openDesk(api, { capacity: 2 });
    const firm = await openDesk(api, { yields: false }, await api.company());
    await meet(desk);
    await meet(firm);
    expect((await desk.slots()).map(({ startDateTime }) => startDateTime.slice(8, 10))).toEqual([
      "01",
      "03",
    ]);
    expect((await desk.book(nine(2))).body["code"]).toBe("no_slot");
    expect((await firm.book(nine(2))).status).toBe(201);
  });

  test("customers' events are in no other rule's way but where their slot is theirs too", async () => {
    const desk = await openDesk(api, { capacity: 2 });
    const younger = await openDesk(api, { startTime: "09:30:00" }, desk.company);
    await desk.booked(nine(2));
    expect(await desk.free()).toEqual([2, 1, 2]);
    expect(await younger.free()).toEqual([]);
  });

  test("the rule's own booking is the offer: it stays while a seat is free, goes with the last, and comes back", async () => {
    const desk = await openDesk(api, { capacity: 2, horizonDays: 3 });
    const { id: companyId, calendarId } = desk.company;
    const offered = async () =>
      (await wantedIn(api.database, { companyId, calendarId }, bookingWindow(now))).map(
        ({ remoteId }) => remoteId.slice(-8 - 3, -3).slice(0, 2),
      );
    await desk.booked(nine(2));
    expect(await offered()).toEqual(["01", "02", "03"]);
    const last = await desk.booked(nine(2));
    expect(await offered()).toEqual(["01", "03"]);
    await desk.cancel(last.id);
    expect(await offered()).toEqual(["01", "02", "03"]);
  });
});

describe("changing", () => {
  test("a move takes the new seat, gives back the old one, and takes the event along", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(1));
    await desk.booked(nine(2));
    const refused = await desk.change(booking.id, { start: nine(2), name: "Lost" });
    expect([refused.status, refused.body["code"]]).toEqual([409, "slot_full"]);
    const moved = await desk.change(booking.id, { start: nine(3), name: "Anna" });
    expect(moved.body).toMatchObject({
      startDateTime: "2026-12-03T09:00:00+01:00",
      name: "Anna",
      changedBy: "member",
    });
    expect(await desk.event(booking.eventId)).toMatchObject({
      title: "Checkup – Anna",
      at: "12-03 09:00",
    });
    expect(await desk.free()).toEqual([1, 0, 0]);
  });

  test("a cancelled booking's seat is free and its event gone, and it stays cancelled", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(2));
    expect((await desk.cancel(booking.id)).body).toMatchObject({
      state: "cancelled",
      cancelledBy: "member",
      changeable: false,
    });
    expect((await desk.cancel(booking.id)).status).toBe(200);
    expect(await desk.event(booking.eventId)).toMatchObject({ gone: true });
    expect((await desk.change(booking.id, { start: nine(3) })).body["code"]).toBe("booking_closed");
    expect(await desk.free()).toEqual([1, 1, 1]);
    expect((await desk.book(nine(2))).status).toBe(201);
  });

  test("whoever takes the event away has cancelled the booking", async () => {
    const desk = await openDesk(api);
    const [one, two] = [await desk.booked(nine(2)), await desk.booked(nine(3))];
    await send(api, "DELETE", `/api/events/${one.eventId}`, { key: desk.company.keys.owner });
    await api.sql("update events set status = 'cancelled' where id = $1", [two.eventId]);
    const listed = await send(api, "GET", "/api/bookings?state=cancelled", { key: desk.key });
    expect(listed.body["data"]).toMatchObject([
      { id: one.id, cancelledBy: "owner" },
      { id: two.id },
    ]);
    expect(await desk.free()).toEqual([1, 1, 1]);
  });

  test("what has begun stays as it was", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(1));
    now += 2.5 * 3_600_000;
    expect((await desk.cancel(booking.id)).body["code"]).toBe("booking_closed");
    expect((await desk.change(booking.id, { note: "x" })).body["code"]).toBe("booking_closed");
  });

  test("an old version is refused, and an ETag says what has changed", async () => {
    const desk = await openDesk(api);
    const { id } = await desk.booked(nine(2));
    const path = `/api/bookings/${id}`;
    const etag = (await send(api, "GET", path, { key: desk.key })).headers.get("etag") ?? "";
    const headers = { "if-match": etag };
    const patch = (note: string) =>
      send(api, "PATCH", path, { key: desk.key, body: { note }, headers });
    expect((await patch("a")).status).toBe(200);
    expect((await patch("b")).status).toBe(412);
  });

  test("with fewer seats than before, those who have one keep it; when the rule ends, bookings stay", async () => {
    const desk = await openDesk(api, { capacity: 3 });
    const made = [
      await desk.booked(nine(2)),
      await desk.booked(nine(2)),
      await desk.booked(nine(2)),
    ];
    await api.sql("update booking_rules set capacity = 1 where id = $1", [desk.rule.id]);
    await desk.cancel(made[0]?.id ?? "");
    expect(await desk.free()).toEqual([1, 0, 1]);
    expect((await desk.book(nine(2))).body["code"]).toBe("slot_full");
    const admin = desk.company.keys.admin;
    await send(api, "DELETE", `/api/booking-rules/${desk.rule.id}`, { key: admin });
    const left = await send(api, "GET", `/api/bookings/${made[1]?.id}`, { key: desk.key });
    expect(left.body).toMatchObject({ state: "booked", ruleId: null, changeable: true });
    expect((await desk.change(made[1]?.id ?? "", { start: nine(3) })).body["code"]).toBe("no_slot");
    expect((await desk.cancel(made[1]?.id ?? "")).status).toBe(200);
  });
});

test("lists have filters, and pages that meet; another company sees nothing of them", async () => {
  const desk = await openDesk(api, { capacity: 2 });
  for (const day of [1, 1, 2, 3]) await desk.booked(nine(day), { email: `a${day}@example.test` });
  const list = (query: string) => send(api, "GET", `/api/bookings?${query}`, { key: desk.key });
  const starts = async (query: string) =>
    ((await list(query)).body["data"] as unknown as { startDateTime: string }[]).map((one) =>
      one.startDateTime.slice(8, 10),
    );
  expect(await starts("")).toEqual(["01", "01", "02", "03"]);
  expect(await starts("email=A2@example.test")).toEqual(["02"]);
  expect(await starts("from=2026-12-02&to=2026-12-03")).toEqual(["02"]);
  const first = await list("limit=3");
  expect(await starts(`cursor=${String(first.body["nextCursor"])}`)).toEqual(["03"]);
  const other = await openDesk(api);
  const [booking] = first.body["data"] as unknown as { id: string }[];
  for (const method of ["GET", "PATCH", "DELETE"])
    expect(
      (
        await send(api, method, `/api/bookings/${booking?.id}`, {
          key: other.key,
          ...(method === "PATCH" && { body: {} }),
        })
      ).status,
    ).toBe(404);
  expect((await other.book(nine(1), { ruleId: desk.rule.id })).status).toBe(400);
});
