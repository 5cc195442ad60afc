import { describe, expect, test } from "vitest";
import type { Cursor, Page } from "../../connectors/connector.ts";
import { Rejected, Unavailable } from "../../connectors/errors.ts";
import { createSystemBookings } from "../../connectors/system-bookings/index.ts";
import type { WantedBooking } from "../../sync/bookings.ts";
import { eventFields, type EventItem } from "../../sync/event.ts";
import { fields } from "./events.ts";
import { collect, connection, never } from "./scripted.ts";

const day = 86_400_000;
const settings = { companyId: "company", calendarId: "calendar" };

function rig() {
  const wanted: WantedBooking[] = [];
  const asked: unknown[] = [];
  const connector = createSystemBookings({
    wanted: async (place, window) => {
      asked.push({ place, window });
      return structuredClone(wanted);
    },
    intervalMs: 1_800_000,
  });
  const open = (more: object = {}) =>
    connector.open({ ...connection(), settings, now: () => 1_000, ...more });
  return {
    wanted,
    asked,
    connector,
    open,
    want: (id: string, title: string) =>
      wanted.push({ remoteId: `rule:${id}`, item: { fields: fields({ title }) } }),
    pull: (cursor: Cursor | null = null) => collect(open().pull("bookings", cursor, never)),
  };
}

const changesOf = (pages: Page<EventItem>[]) => pages.flatMap(({ changes }) => changes);

describe("bookings by rule", () => {
  test("are pulled as one complete snapshot of the time to come, also from a cursor", async () => {
    const { want, pull, asked } = rig();
    want("1", "a");
    want("2", "b");
    const pages = await pull();
    expect(pages).toMatchObject([
      { extent: "snapshot", last: true, total: 2, window: { from: 1_000, to: 1_000 + 366 * day } },
    ]);
    expect(changesOf(pages).map(({ remoteId }) => remoteId)).toEqual(["rule:1", "rule:2"]);
    const again = await pull(pages[0]?.cursor ?? null);
    expect(changesOf(again)).toEqual(changesOf(pages));
    expect(again[0]?.snapshotId).not.toBe(pages[0]?.snapshotId);
    expect(asked[0]).toEqual({ place: settings, window: pages[0]?.window });
  });

  test("travel as plain data: what is kept for a plan is what was read", async () => {
    const { want, pull } = rig();
    want("1", "a");
    const pages = await pull();
    expect(JSON.parse(JSON.stringify(pages))).toEqual(pages);
  });

  test("have another version when, and only when, they are another", async () => {
    const { want, wanted, pull } = rig();
    want("1", "a");
    const [first] = changesOf(await pull());
    const [same] = changesOf(await pull());
    expect(same?.version).toBe(first?.version);
    wanted.splice(0);
    want("1", "b");
    const [other] = changesOf(await pull());
    expect(other?.version).not.toBe(first?.version);
  });

  test("can be neither written nor watched nor consented to; notes and status are people's", () => {
    const { connector, open } = rig();
    expect(Object.keys(open())).toEqual(["pull"]);
    expect([connector.consent, connector.entry, connector.webhook]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(eventFields.filter((field) => !connector.fields.includes(field))).toEqual([
      "notes",
      "status",
    ]);
  });

  test("have no settings that a person could give, and one stream", async () => {
    const { connector, open } = rig();
    expect(() => connector.checkSettings({ calendarId: "x" })).toThrow(Rejected);
    expect(() => open().pull("events", null, never)).toThrow(Rejected);
    const nobodys = open({ settings: {} }).pull("bookings", null, never);
    await expect(collect(nobodys)).rejects.toThrow(Rejected);
  });

  test("are not read for a caller that has gone", async () => {
    const gone = AbortSignal.abort();
    await expect(collect(rig().open().pull("bookings", null, gone))).rejects.toThrow(Unavailable);
  });
});
