import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type IcsFile, readFiles } from "../../start/try/files.ts";
import { type Hub, openHub } from "../../start/try/hub.ts";
import { type Stage, startStage } from "../../start/try/stage.ts";
import { type Result, tryFile } from "../../start/try/trial.ts";
import { happeningsOf } from "./reference.ts";
import { occurrencesOf } from "./occurrences.ts";

let stage: Stage;
let hub: Hub;
beforeAll(async () => {
  stage = await startStage(() => undefined, new AbortController().signal);
  hub = await openHub(stage);
});
afterAll(async () => {
  await hub?.close();
  await stage?.stop();
});

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

function read(path: string): IcsFile {
  const [file] = readFiles([path]);
  if (!file || "problem" in file) throw new Error(file?.problem ?? "nothing was read");
  return file;
}

/** Files that name no zone are loaded into a calendar of this one. */
const zone = "Europe/Amsterdam";
const threeYears = 3 * 366 * 86_400_000;

/** Tries the file, and compares what both readings of it show; some uids may be set aside. */
async function tryAndExpand(file: IcsFile, setAside: readonly string[] = []): Promise<Result> {
  const without = new Set(setAside);
  let compared = 0;
  const result = await tryFile(stage, hub, file, {
    zone,
    look: async ({ first, google, session }) => {
      expect(await session(), "written by a second session").toEqual({ here: 0, google: 0 });
      const instant = (text: string): number => Date.parse(text);
      const lastStart = first.rows
        .map((row) => instant(row.start_at))
        .reduce((a, b) => Math.max(a, b));
      const to = lastStart + threeYears;
      const expected = happeningsOf(file.text, google.zone, to, without);
      const from = instant(expected[0]?.start ?? "") - 2 * 86_400_000;
      expect(occurrencesOf(first.rows, { from, to }, google.zone)).toEqual(expected);
      compared = expected.length;
    },
  });
  expect(compared).toBeGreaterThanOrEqual(result.loaded - result.setAside.length);
  expect(result.problems).toEqual([]);
  expect(result.loaded + result.setAside.length).toBe(file.events);
  expect(result.first.inStep).toBe(result.first.items);
  expect(result.first.items).toBe(result.loaded);
  expect(result.after.inStep).toBe(result.after.items);
  expect(result).toMatchObject({ duplicates: 0, writes: { here: 0, google: 0 } });
  expect(Math.min(result.edits.here, result.edits.google)).toBeGreaterThan(0);
  return result;
}

test("a calendar with an event of every kind is in step, or says why not, and shows what its file means", async () => {
  const aside = ["cancelled", "rule", "mars"].map((name) => `${name}@invented.example`);
  const result = await tryAndExpand(read(pathOf("samples/every-kind.ics")), aside);
  expect(
    result.setAside.map(({ what, reason }) => `${what.split("@")[0]}: ${reason}`).toSorted(),
  ).toEqual([
    "cancelled: The event is cancelled",
    expect.stringMatching(/^mars: Unknown time zone/),
    expect.stringMatching(/^rule: /),
    "twice: The file holds a newer version of this event",
  ]);
  expect(result.edits).toEqual({ here: 9, google: 10 });
});

const collection = "../../../shared/data/calendars";
const reason = existsSync(pathOf(collection))
  ? ""
  : ` (skipped: ${collection} is not on this machine)`;

/** What Google does not take of each, and how a file is read: all thirteen, those that break the rules too. */
const known: Record<string, { reads: string; setAside?: string[] }> = {
  "Germany.ics": { reads: "as it is written" },
  "Germany_Holidays.ics": {
    reads:
      "with dates that do not say VALUE=DATE taken as days, an end on the same day as one day, an empty rule as none",
  },
  "daylight_saving_time.ics": {
    reads: "as it is written, clock changes and moved occurrences included",
  },
  "exchange_whole_day_moved_recurrence.ics": {
    reads:
      "with an occurrence named by a time taken as its day, and a rule's end in UTC as the day that it is then",
  },
  "fablab_cottbus.ics": { reads: "as it is written" },
  "festival-multiday-rrule.ics": {
    reads:
      "with dates that carry a time taken as days, an end on the same day as one day, a start that its rule does not meet as an occurrence",
  },
  "google-calendar-kiev-tz.ics": { reads: "with the old name of a zone taken as that zone" },
  "google_birthday.ics": {
    reads:
      "with dates that end in Z taken as days, and occurrences whose series is missing as single events",
  },
  "issue_28_rrule_with_UTC_endinginZ.ics": {
    reads:
      "with occurrences named by a time taken as their day, and a rule's end in UTC as the day that it is then",
  },
  "issue_62_moved_event_2.ics": { reads: "as it is written" },
  "recurring_events_moved.ics": { reads: "with an end taken rather than the duration beside it" },
  "tentative-apple-calendar.ics": {
    reads: "with a cancelled event taken as none",
    setAside: ["8CAB46C5-669F-4249-B1AD-52BFA72F4E0A"],
  },
  "tripit-location-escaping.ics": {
    reads: "with times without a zone taken as those of the calendar",
  },
};

describe.skipIf(reason !== "")(`real calendars${reason}`, () => {
  for (const [name, { reads, setAside = [] }] of Object.entries(known)) {
    test(`${name}, read ${reads}, is in step and shows what it means`, async () => {
      const result = await tryAndExpand(read(pathOf(`${collection}/${name}`)), setAside);
      expect(result.setAside.map(({ what }) => what)).toEqual(setAside);
    });
  }

  test("no calendar of the collection is left out", () => {
    const names = readFiles([pathOf(collection)]).map((file) => file.name);
    expect(names.toSorted()).toEqual(Object.keys(known).toSorted());
  });
});
