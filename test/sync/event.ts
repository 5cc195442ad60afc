import type { EventFields } from "../../sync/event.ts";

/** An ordinary event, with what a test cares about put in. */
export function anEvent(own: Partial<EventFields> = {}): EventFields {
  return {
    title: "Stand-up",
    description: "",
    location: "",
    notes: "",
    status: "confirmed",
    start: { local: "2026-03-09T09:00:00", zone: "Europe/Amsterdam" },
    end: { local: "2026-03-09T10:00:00", zone: "Europe/Amsterdam" },
    recurrence: [],
    ...own,
  };
}
