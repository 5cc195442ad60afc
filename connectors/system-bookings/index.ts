import { createHash, randomUUID } from "node:crypto";
import { bookingWindow, type WantedBooking } from "../../sync/bookings.ts";
import type { EventField, EventItem } from "../../sync/event.ts";
import type { Connector, OpenConnection, Page, RemoteLiving, Settings } from "../connector.ts";
import { Rejected, Unavailable } from "../errors.ts";

export interface SystemBookingsConfig {
  /** What the rules of a place want now, for the window that is asked for. */
  wanted(
    place: { companyId: string; calendarId: string },
    window: { from: number; to: number },
  ): Promise<readonly WantedBooking[]>;
  /** How often a run of all bookings looks after every connection. */
  intervalMs: number;
}

/** A rule says nothing of notes, which are people's, nor of the status: cancelling is theirs as well. */
const fields: readonly EventField[] = [
  "title",
  "description",
  "location",
  "start",
  "end",
  "recurrence",
];

/**
 * Bookings that the company's own rules make. There is nobody to ask: what is there is what the rules
 * want from now on, and each pull is a snapshot of that time. It cannot be written, so that what rules
 * have made is theirs, and it is told of nothing.
 */
export function createSystemBookings({
  wanted,
  intervalMs,
}: SystemBookingsConfig): Connector<EventItem> {
  return {
    provider: "system-bookings",
    kind: "calendar",
    streams: ["bookings"],
    fields,
    quota: { unitsPerSecond: 1_000, burst: 1_000 },
    pollIntervalMs: intervalMs,
    polled: false,
    braked: false,
    checkSettings() {
      throw new Rejected(
        "Bookings by rule have no settings: make a booking rule, and its calendar is connected by itself",
      );
    },
    open: (connection) => ({
      pull: (stream, _cursor, signal) => {
        if (stream !== "bookings")
          throw new Rejected(`Unknown stream "${stream}": ask for bookings`);
        return pull(wanted, connection, signal);
      },
    }),
  };
}

/** Always one page: it is a look at rows, and the same answer in parts could be of different times. */
async function* pull(
  wanted: SystemBookingsConfig["wanted"],
  { settings, now }: OpenConnection,
  signal: AbortSignal,
): AsyncGenerator<Page<EventItem>> {
  const window = bookingWindow(now());
  const bookings = await wanted(placeOf(settings), window);
  if (signal.aborted) throw new Unavailable("stopped by the caller");
  const changes = bookings.map(toLiving);
  const snapshotId = randomUUID();
  yield {
    extent: "snapshot",
    snapshotId,
    window,
    changes,
    cursor: { listed: snapshotId },
    last: true,
    total: changes.length,
  };
}

function placeOf({ companyId, calendarId }: Settings): { companyId: string; calendarId: string } {
  if (companyId === undefined || calendarId === undefined)
    throw new Rejected("the connection does not say whose bookings it is for");
  return { companyId, calendarId };
}

/** A rule has no time of its last edit that would say anything of one booking: what it says is its version. */
function toLiving({ remoteId, item }: WantedBooking): RemoteLiving<EventItem> {
  const version = createHash("sha256").update(JSON.stringify(item.fields)).digest("base64url");
  return { state: "living", remoteId, version, updatedAt: null, item };
}
