import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Desk, morning, nine, openDesk } from "./booking-desk.ts";
import { startApi, type TestApi } from "./harness.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ now: () => morning });
});
afterAll(() => api.stop());

const days = [1, 2, 3] as const;
const day = fc.constantFrom(...days);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("book" as const), day }) },
  fc.record({ kind: fc.constant("move" as const), which: fc.nat(9), day }),
  fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(9) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Who sits where: the day of each booking, null once it is cancelled. */
class Model {
  readonly bookings: { id: string; day: number | null }[] = [];
  readonly capacity: number;
  constructor(capacity: number) {
    this.capacity = capacity;
  }
  free(on: number): number {
    return this.capacity - this.bookings.filter((one) => one.day === on).length;
  }
}

async function take(desk: Desk, model: Model, step: Step): Promise<void> {
  if (step.kind === "book") {
    const reply = await desk.book(nine(step.day));
    expect(reply.status).toBe(model.free(step.day) > 0 ? 201 : 409);
    if (reply.status === 201) model.bookings.push({ id: String(reply.body["id"]), day: step.day });
    return;
  }
  const booking = model.bookings[step.which % Math.max(1, model.bookings.length)];
  if (!booking) return;
  if (step.kind === "cancel") {
    expect((await desk.cancel(booking.id)).status).toBe(200);
    booking.day = null;
    return;
  }
  const may = booking.day !== null && (booking.day === step.day || model.free(step.day) > 0);
  expect((await desk.change(booking.id, { start: nine(step.day) })).status).toBe(may ? 200 : 409);
  if (may) booking.day = step.day;
}

/** No seat twice, none that the rule lacks, an event for each who sits, and none for who does not. */
async function check(desk: Desk, model: Model): Promise<void> {
  expect(await desk.free()).toEqual(days.map((on) => model.free(on)));
  const seats = await api.sql<{
    at: string;
    seat: number;
    state: string;
    event: string;
    gone: boolean;
  }>(
    `select b.starts_at::text as at, b.seat, b.state, to_char(e.start_at, 'DD') as event, e.deleted_at is not null as gone
     from bookings b join events e on e.id = b.event_id where b.rule_id = $1`,
    [desk.rule.id],
  );
  const taken = seats.filter(({ state }) => state === "booked");
  expect(new Set(taken.map(({ at, seat }) => `${at} ${seat}`)).size).toBe(taken.length);
  for (const { seat } of taken) expect(seat).toBeLessThanOrEqual(model.capacity);
  for (const { state, gone } of seats) expect(gone).toBe(state === "cancelled");
  expect(taken.map(({ event }) => Number(event)).toSorted()).toEqual(
    model.bookings.flatMap((one) => one.day ?? []).toSorted(),
  );
}

test("whatever is booked, moved and cancelled, no seat is had twice and the free ones are right", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { minLength: 3, maxLength: 12 }),
      async (capacity, steps) => {
        const desk = await openDesk(api, { capacity, horizonDays: 3 });
        const model = new Model(capacity);
        for (const one of steps) await take(desk, model, one);
        await check(desk, model);
      },
    ),
    { numRuns: 12 },
  );
}, 180_000);

test("the same at the same time: what is answered is what is there", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2 }),
      fc.array(step, { minLength: 6, maxLength: 12 }),
      async (capacity, steps) => {
        const desk = await openDesk(api, { capacity, horizonDays: 3 });
        const first = await Promise.all([desk.book(nine(1)), desk.book(nine(2))]);
        const ids = first.map(({ body }) => String(body["id"]));
        const replies = await Promise.all(
          steps.map((one) => {
            if (one.kind === "book") return desk.book(nine(one.day));
            const id = ids[one.which % 2] ?? "";
            return one.kind === "cancel"
              ? desk.cancel(id)
              : desk.change(id, { start: nine(one.day) });
          }),
        );
        for (const { status } of replies) expect([200, 201, 409]).toContain(status);
        const now = await api.sql<{ id: string; day: number | null }>(
          "select id, case when state = 'booked' then to_char(start_local, 'DD')::int end as day from bookings where rule_id = $1",
          [desk.rule.id],
        );
        expect(now).toHaveLength(2 + replies.filter(({ status }) => status === 201).length);
        const model = new Model(capacity);
        model.bookings.push(...now);
        await check(desk, model);
      },
    ),
    { numRuns: 8 },
  );
}, 180_000);
