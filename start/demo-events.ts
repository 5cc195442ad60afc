/** A day counted from the Monday of this week, at the weekend from the next one: the demo is not about the past. */
function day(offset: number, now: Date): string {
  const soon = new Date(now.getTime() + 2 * 86_400_000);
  const monday = soon.getUTCDate() - ((soon.getUTCDay() + 6) % 7);
  return new Date(Date.UTC(soon.getUTCFullYear(), soon.getUTCMonth(), monday + offset))
    .toISOString()
    .slice(0, 10);
}

const timeZone = "Europe/Amsterdam";
const series = "demoseries01";

export interface DemoEvent {
  readonly id: string;
  readonly [field: string]: unknown;
}

function at(date: string, time: string): { dateTime: string; timeZone: string } {
  return { dateTime: `${date}T${time}:00`, timeZone };
}

function timed(
  id: string,
  summary: string,
  date: string,
  from: string,
  to: string,
  more: object = {},
): DemoEvent {
  return { id, summary, start: at(date, from), end: at(date, to), ...more };
}

function allDay(id: string, summary: string, from: string, until: string): DemoEvent {
  return { id, summary, start: { date: from }, end: { date: until } };
}

/** How an occurrence of a series is called at Google: the series and the original start in UTC. */
function occurrenceId(series: string, date: string, time: string): string {
  const utc = zonedToUtc(date, time);
  return `${series}_${utc.toISOString().replaceAll(/[-:]|\.\d{3}/gu, "")}`;
}

/** The clock of the demo's zone put to UTC: the offset that zone has at about that moment is taken off. */
function zonedToUtc(date: string, time: string): Date {
  const guess = new Date(`${date}T${time}:00Z`);
  const shown = new Date(`${guess.toLocaleString("sv-SE", { timeZone }).replace(" ", "T")}Z`);
  return new Date(guess.getTime() * 2 - shown.getTime());
}

/** What the team of the demo company has in its calendar: each kind of event there is. */
export function demoEvents(now: Date): DemoEvent[] {
  return [
    timed("demotimed001", "Intake with a new customer", day(1, now), "09:30", "10:15", {
      location: "Room 2",
    }),
    timed("demotimed002", "Budget for next year", day(2, now), "14:00", "15:30", {
      description: "Bring the figures of last quarter.",
    }),
    timed("demotimed003", "Lunch with the neighbours", day(4, now), "12:00", "13:00"),
    allDay("demodates001", "Fair in Utrecht", day(8, now), day(10, now)),
    timed(series, "Weekly start", day(0, now), "09:00", "09:30", {
      recurrence: ["RRULE:FREQ=WEEKLY;COUNT=12"],
    }),
  ];
}

export interface DemoEdit {
  readonly id: string;
  /** What is changed; without it the occurrence is called off. */
  readonly change?: Readonly<Record<string, unknown>>;
}

/** What somebody did to single occurrences of the weekly series since: one is moved, one called off. */
export function demoEdits(now: Date): DemoEdit[] {
  const moved = day(7, now);
  const change = {
    summary: "Weekly start (an hour later)",
    start: at(moved, "10:00"),
    end: at(moved, "10:30"),
  };
  return [
    { id: occurrenceId(series, moved, "09:00"), change },
    { id: occurrenceId(series, day(14, now), "09:00") },
  ];
}

/** What the team keeps in its database at Notion: an hour with a place, and two days. */
export function demoPages(now: Date): { id: string; properties: object }[] {
  const title = (content: string) => ({ title: [{ text: { content } }] });
  const text = (content: string) => ({ rich_text: [{ text: { content } }] });
  const noon = (time: string) => zonedToUtc(day(3, now), time).toISOString();
  return [
    {
      id: "00000000-0000-4000-8000-0000000000e1",
      properties: {
        Name: title("Photos for the website"),
        Date: { date: { start: noon("11:00"), end: noon("12:30") } },
        Location: text("Studio"),
      },
    },
    {
      id: "00000000-0000-4000-8000-0000000000e2",
      properties: {
        Name: title("Painters in the office"),
        Date: { date: { start: day(10, now), end: day(11, now) } },
        Notes: text("Keep your desk free."),
      },
    },
  ];
}
