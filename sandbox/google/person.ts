import type { Calendar } from "./calendar.ts";
import type { WriteContext } from "./write-context.ts";
import type { Google } from "./google.ts";

const ALSO_WRITABLE = [
  "organizer",
  "gadget",
  "sequence",
  "created",
  "recurringEventId",
  "originalStartTime",
];

/** A write as a person makes it at the calendar's own pages: no client, no quota, no count. */
export function personContext(google: Google, calendar: Calendar): WriteContext {
  const body = {
    conferenceDataVersion: 1,
    supportsAttachments: true,
    eventLabelVersion: 1,
    alsoWritable: ALSO_WRITABLE,
  };
  return {
    calendar,
    settings: google.settings,
    now: google.clock.now(),
    actor: calendar.data.owner,
    asClient: false,
    body,
  };
}
