import type { Content, RecordHistory } from "../../../connectors/records.ts";

type Version = RecordHistory["versions"][number];

/** Noon of a day in the Netherlands, near enough. */
export const at = (day: string, time = "11:00:00.000") => Date.parse(`${day}T${time}Z`);

/** A record that was first seen so at each of the days. */
export function record(
  stream: string,
  remoteId: string,
  versions: Record<string, { content: Content | null; sensitive?: Content }>,
): RecordHistory {
  const all = Object.entries(versions).map(
    ([day, { content, sensitive = {} }], version): Version => {
      const firstSeenAt = day.includes("T") ? Date.parse(day) : at(day);
      return { version: version + 1, content, sensitive, firstSeenAt };
    },
  );
  return { stream, remoteId, versions: all };
}

export const gone = { content: null };

export const status = (versions: Record<string, string | null>) =>
  record(
    "employees",
    "p",
    mapped(versions, (status) => (status === null ? gone : { content: { status } })),
  );

/** `[start, end]` by the day on which it was seen. */
export const employment = (versions: Record<string, [string, string | null] | null>, id = "e") =>
  record(
    "employments",
    id,
    mapped(versions, (held) =>
      held === null ? gone : { content: { startDate: held[0], endDate: held[1] } },
    ),
  );

const slice =
  (stream: string, contentOf: (held: never) => { content: Content; sensitive?: Content }) =>
  <T>(startDate: string, versions: Record<string, T | null>, employmentId = "e", more = "") =>
    record(
      stream,
      `p/${employmentId}/${startDate}${more}`,
      mapped(versions, (held) => {
        if (held === null) return gone;
        const { content, sensitive = {} } = contentOf(held as never);
        const all = { employmentId, startDate, endDate: null, ...content };
        return { content: all, sensitive };
      }),
    );

export const hours = slice("hours", (hoursPerWeek: number) => ({
  content: { hoursPerWeek, daysPerWeek: 5 },
}));
export const salary = slice("salaries", (monthWage: number) => ({
  content: {},
  sensitive: { monthWage },
}));
export const contract = slice("contracts", ([duration, endDate]: [string, string | null]) => ({
  content: { duration, endDate },
}));

function mapped<T, U>(all: Record<string, T>, change: (one: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(all).map(([key, one]) => [key, change(one)]));
}
