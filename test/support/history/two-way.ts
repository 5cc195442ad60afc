import type { Op } from "./plan.ts";

/** On both sides beforehand, so that everything can happen to something. */
export const before: Op[] = [
  { do: "create", side: "google", item: 0, shape: "timed", n: 0 },
  { do: "create", side: "google", item: 1, shape: "timed", n: 1 },
  { do: "create", side: "here", item: 2, shape: "timed", n: 2 },
  { do: "create", side: "here", item: 3, shape: "all-day", n: 3 },
  { do: "create", side: "google", item: 4, shape: "series", n: 4 },
  { do: "sync" },
];
/** What the session that is disturbed has to do: each kind of change, each way. */
export const meanwhile: Op[] = [
  { do: "edit", side: "google", item: 0, field: "title", n: 10 },
  { do: "delete", side: "google", item: 1 },
  { do: "create", side: "google", item: 5, shape: "timed", n: 11 },
  { do: "edit", side: "here", item: 2, field: "title", n: 12 },
  { do: "delete", side: "here", item: 3 },
  { do: "create", side: "here", item: 6, shape: "timed", n: 13 },
  { do: "occurrence", side: "here", item: 4, day: 2, what: "rename", n: 14 },
  { do: "occurrence", side: "google", item: 4, day: 3, what: "move", n: 15 },
];
/** Pushed, killed, edited again by a person: before anybody has told us what became of the push. */
export const afterwards: Op[] = [
  { do: "edit", side: "google", item: 2, field: "description", n: 20 },
  { do: "edit", side: "google", item: 2, field: "title", n: 21 },
  { do: "edit", side: "here", item: 0, field: "location", n: 22 },
  { do: "edit", side: "google", item: 0, field: "location", n: 23 },
  { do: "occurrence", side: "google", item: 4, day: 2, what: "rename", n: 24 },
];
