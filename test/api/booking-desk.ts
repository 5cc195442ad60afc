import { randomUUID } from "node:crypto";
import { createRule, type RuleChange } from "../../db/booking-rules.ts";
import { type Company, type Reply, send, type TestApi } from "./harness.ts";

/** The first of December 2026, seven in the morning in Amsterdam: two hours before the first slot. */
export const morning = Date.parse("2026-12-01T06:00:00Z");

/** Nine o'clock of a day in December, as the rule's clock shows it. */
export const nine = (day: number): string => `2026-12-${String(day).padStart(2, "0")}T09:00`;

export interface Slot {
  startDateTime: string;
  free: number;
  capacity: number;
}
export type Booked = Record<string, unknown> & { id: string; manageUrl: string; eventId: string };

/** A rule that customers may book: daily at nine for an hour, a month ahead; and what is done with it. */
export async function openDesk(api: TestApi, more: RuleChange = {}, of?: Company) {
  const company = of ?? (await api.company());
  const key = company.keys.member;
  const rule = await api.database.withCompany(company.id, (tx) =>
    createRule(tx, {
      title: "Checkup",
      description: "Bring papers",
      location: "Room 1",
      zone: "Europe/Amsterdam",
      firstDate: "2026-12-01",
      startTime: "09:00:00",
      recurrence: "RRULE:FREQ=DAILY",
      durationMinutes: 60,
      horizonDays: 30,
      bookable: true,
      createdBy: "test",
      ...more,
      id: randomUUID(),
      companyId: company.id,
      calendarId: company.calendarId,
    }),
  );
  const book = (start: string, body: object = {}, headers: Record<string, string> = {}) =>
    send(api, "POST", "/api/bookings", {
      key,
      headers,
      body: { ruleId: rule.id, start, name: "Ann", email: "ann@example.test", ...body },
    });
  return {
    company,
    key,
    rule,
    book,
    /** Books, and expects to be let. */
    async booked(start: string, body: object = {}): Promise<Booked> {
      const reply = await book(start, body);
      if (reply.status !== 201) throw new Error(`not booked: ${reply.text}`);
      return reply.body as unknown as Booked;
    },
    async slots(from = "2026-12-01", to = "2026-12-04"): Promise<Slot[]> {
      const reply = await send(
        api,
        "GET",
        `/api/booking-rules/${rule.id}/slots?from=${from}&to=${to}`,
        { key },
      );
      return reply.body["data"] as unknown as Slot[];
    },
    async free(): Promise<number[]> {
      return (await this.slots()).map(({ free }) => free);
    },
    change: (id: string, body: object) => send(api, "PATCH", `/api/bookings/${id}`, { key, body }),
    cancel: (id: string) => send(api, "DELETE", `/api/bookings/${id}`, { key }),
    event: async (id: unknown) =>
      (
        await api.sql<{
          title: string;
          description: string;
          at: string;
          gone: boolean;
          source: string;
        }>(
          `select title, description, to_char(start_at, 'MM-DD HH24:MI') as at, deleted_at is not null as gone, last_update_source as source
         from events where id = $1`,
          [id],
        )
      )[0],
  };
}
export type Desk = Awaited<ReturnType<typeof openDesk>>;

/** The page as a browser without JavaScript has it. */
export async function open(
  api: TestApi,
  { manageUrl }: Pick<Booked, "manageUrl">,
  query = "",
): Promise<Reply> {
  return send(api, "GET", new URL(manageUrl).pathname + query);
}

/** Sends a form as a browser does, and follows where it leads. */
export async function submit(
  api: TestApi,
  { manageUrl }: Pick<Booked, "manageUrl">,
  what: "move" | "cancel",
  fields: Record<string, string> = {},
  headers: Record<string, string> = { "sec-fetch-site": "same-origin", origin: "null" },
): Promise<{ status: number; location: string; page: string }> {
  const answer = await fetch(`${api.url}${new URL(manageUrl).pathname}/${what}`, {
    method: "POST",
    redirect: "manual",
    headers,
    body: new URLSearchParams(fields),
  });
  const location = answer.headers.get("location") ?? "";
  const page = location === "" ? await answer.text() : (await send(api, "GET", location)).text;
  return { status: answer.status, location, page };
}
