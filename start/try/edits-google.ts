import type { Edit, Material, Pair, Share } from "./edits.ts";
import type { GoogleCalendar, GoogleTime } from "./google.ts";
import { momentOfGoogle, wallAt } from "./moments.ts";

/** What a person does in Google's own pages. */
export async function editInGoogle(
  google: GoogleCalendar,
  { google: share, both }: Share,
  { series }: Material,
): Promise<Edit[]> {
  const edits: Edit[] = [];
  for (const [at, pair] of share.title.entries()) {
    edits.push(await retitle(google, pair, `Title changed in Google ${at + 1}`));
  }
  for (const pair of share.move) edits.push(await moveByADay(google, pair));
  for (const { item } of both) {
    const location = "Place changed in Google";
    await google.change(item.id, { location });
    edits.push({ side: "google", what: "a place", id: item.id, expect: { location }, more: 0 });
  }
  for (const { item } of share.remove) {
    await google.remove(item.id);
    edits.push({ side: "google", what: "a deletion", id: item.id, expect: "gone", more: -1 });
  }
  edits.push(await add(google));
  return [...edits, ...(await editSeries(google, series))];
}

async function retitle(google: GoogleCalendar, { item }: Pair, title: string): Promise<Edit> {
  await google.change(item.id, { summary: title });
  return { side: "google", what: "a title", id: item.id, expect: { title }, more: 0 };
}

async function moveByADay(google: GoogleCalendar, { item }: Pair): Promise<Edit> {
  const [start, end] = [dayLater(item.start, google.zone), dayLater(item.end, google.zone)];
  const moved = await google.change(item.id, { start, end });
  const expect = { start: momentOfGoogle(moved.start, google.zone) };
  return { side: "google", what: "a move", id: item.id, expect, more: 0 };
}

/** The same clock on the next day. */
function dayLater(time: GoogleTime | undefined, zone: string): GoogleTime {
  if (time?.date !== undefined) {
    return { date: new Date(Date.parse(time.date) + 86_400_000).toISOString().slice(0, 10) };
  }
  const { dateTime = "", timeZone = zone } = time ?? {};
  const clock = Date.parse(`${wallAt(Date.parse(dateTime), timeZone)}Z`) + 86_400_000;
  return { dateTime: new Date(clock).toISOString().slice(0, 19), timeZone };
}

async function add(google: GoogleCalendar): Promise<Edit> {
  const title = "Added in Google";
  const made = await google.add({
    summary: title,
    start: { dateTime: "2027-03-01T09:00:00", timeZone: google.zone },
    end: { dateTime: "2027-03-01T10:00:00", timeZone: google.zone },
  });
  return { side: "google", what: "an addition", id: made.id, expect: { title }, more: 1 };
}

/** The first series loses an occurrence; others, where there are any, change as a whole or from a day on. */
async function editSeries(google: GoogleCalendar, series: Material["series"]): Promise<Edit[]> {
  const edits: Edit[] = [];
  const [first, second = first, , fourth] = series;
  const cancelled = first?.free.at(-1);
  if (cancelled && (first?.free.length ?? 0) > 1) {
    await google.remove(cancelled.id);
    const what = "a cancelled occurrence";
    edits.push({ side: "google", what, id: cancelled.id, expect: "cancelled", more: 1 });
  }
  if (second) {
    const edit = await retitle(google, second, "Series changed in Google");
    edits.push({ ...edit, what: "a series" });
  }
  const from = fourth?.free.at(2)?.originalStartTime;
  if (fourth && from) {
    const title = "Following changed in Google";
    const made = await google.changeFollowing(fourth.item.id, from, { summary: title });
    const what = "a series from one day on";
    edits.push({ side: "google", what, id: made.id, expect: { title }, more: 0 });
  }
  return edits;
}
