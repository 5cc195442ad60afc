import { createHash } from "node:crypto";
import type { EventFields, EventItem } from "../../sync/event.ts";
import { isZone } from "../../sync/time.ts";
import type { RemoteChange } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import { fromNotionDate, type Span } from "./dates.ts";
import { type Note, readNote } from "./note.ts";
import {
  dateValue,
  isTrashed,
  namedSchema,
  type NotionDate,
  type NotionPage,
  pageSchema,
  type Runs,
  textValue,
  titleValue,
} from "./schemas.ts";
import type { Mapping, Role } from "./settings.ts";
import { misfit } from "./table.ts";
import { toText } from "./texts.ts";
import { Unfit } from "./unfit.ts";

export type TextRole = Exclude<Role, "date">;
export const textRoles = ["title", "description", "location", "notes", "key"] as const;

/**
 * A row as far as it can be understood without its texts. `change` says what has become of it; null for
 * a living page of this table. `page` is there, living or trashed, where the row is a page of the table.
 */
export type Row =
  | { page: NotionPage; base: Base; change: null }
  | { page: NotionPage | null; change: RemoteChange<EventItem> };

export interface Base {
  remoteId: string;
  version: string | null;
  /** Milliseconds, cut to the minute by Notion. */
  updatedAt: number | null;
}

/**
 * An entry of an answer. What is no page of this table is set aside, with a reason that holds none of
 * its text. @throws InvalidResponse for an entry that cannot even be named
 */
export function readRow(entry: unknown, mapping: Mapping): Row {
  const named = namedSchema.safeParse(entry);
  if (!named.success) throw new InvalidResponse("a row of the answer has no usable id");
  const { id, object, last_edited_time: edited } = named.data;
  const base: Base = {
    remoteId: id.toLowerCase(),
    version: null,
    updatedAt: edited ? Date.parse(edited) : null,
  };
  const aside = (reason: string): Row => ({
    page: null,
    change: { ...base, state: "set-aside", reason },
  });
  if (object !== "page") return aside("the row is a data source, not a page");
  const parsed = pageSchema.safeParse(entry);
  if (!parsed.success)
    return aside(`unexpected shape at ${String(parsed.error.issues[0]?.path[0] ?? "the top")}`);
  const page = parsed.data;
  const isHere = page.parent.data_source_id?.toLowerCase() === mapping.dataSourceId;
  if (isTrashed(page)) return { page: isHere ? page : null, change: { ...base, state: "deleted" } };
  if (!isHere) return aside("the page has been moved to another place in Notion");
  return { page, base, change: null };
}

/** What a page holds of a text: perhaps only its beginning. @throws Misconfigured */
export function runsOf(page: NotionPage, role: TextRole, mapping: Mapping): Runs {
  if (mapping[role] === "") return [];
  const value = valueOf(page, role, mapping);
  if (role === "title") {
    const title = titleValue.safeParse(value);
    if (title.success) return title.data.title;
  } else {
    const text = textValue.safeParse(value);
    if (text.success) return text.data.rich_text;
  }
  throw value?.type === (role === "title" ? "title" : "rich_text")
    ? new Unfit(`the ${role} has an unexpected shape`)
    : misfit(role, mapping[role]);
}

function valueOf(page: NotionPage, role: Role, mapping: Mapping) {
  return Object.values(page.properties).find(({ id }) => id === mapping[role]);
}

/** The date with which a row begins, as Notion writes it; the empty string where there is none to read. */
export function startOf(row: unknown, mapping: Mapping): string {
  const page = pageSchema.safeParse(row).data;
  const value = page && dateValue.safeParse(valueOf(page, "date", mapping));
  return value?.data?.date?.start ?? "";
}

/** @throws Misconfigured, Unfit */
function dateOf(page: NotionPage, mapping: Mapping): NotionDate | null {
  const value = valueOf(page, "date", mapping);
  if (value?.type !== "date") throw misfit("date", mapping.date);
  const parsed = dateValue.safeParse(value);
  if (!parsed.success) throw new Unfit("the date has an unexpected shape");
  return parsed.data.date;
}

/** The texts of a page, complete, and whether its note was written to itself. */
export interface PageTexts {
  texts: Record<TextRole, Runs>;
  isOriginal: boolean;
}

/**
 * A page as an event. The version is a hash of what is mapped, and of our note: the time of the last
 * edit has no seconds, so that two edits of one minute look alike. @throws Misconfigured, Unfit
 */
export function toChange(
  page: NotionPage,
  base: Base,
  { texts, isOriginal }: PageTexts,
  mapping: Mapping,
): RemoteChange<EventItem> {
  const date = dateOf(page, mapping);
  const version = versionOf([texts, date]);
  if (date === null)
    return { ...base, version, state: "set-aside", reason: "the page has no date" };
  const note = readNote(toText(texts.key, "key"));
  const zone = note?.zone && isZone(note.zone) ? note.zone : mapping.zone;
  const fields = toFields(texts, fromNotionDate(date, zone));
  return {
    ...base,
    version: versionOf([fields, note]),
    state: "living",
    item: { fields },
    ...(isOriginal ? labelsOf(note) : {}),
  };
}

function toFields(texts: Record<TextRole, Runs>, { start, end }: Span): EventFields {
  return {
    title: toText(texts.title, "title"),
    description: toText(texts.description, "description"),
    location: toText(texts.location, "location"),
    notes: toText(texts.notes, "notes"),
    status: "confirmed",
    start,
    end,
    recurrence: [],
  };
}

function labelsOf(note: Note | null): { key?: string; mark?: string } {
  return {
    ...(note?.key != null && { key: note.key }),
    ...(note?.mark != null && { mark: note.mark }),
  };
}

function versionOf(held: unknown): string {
  return createHash("sha256").update(JSON.stringify(held)).digest("base64url").slice(0, 27);
}

/** The note of a page as it stands there, whoever it was written to. @throws Misconfigured */
export function noteOf(page: NotionPage, mapping: Mapping): Note | null {
  try {
    return readNote(toText(runsOf(page, "key", mapping), "key"));
  } catch (error) {
    if (error instanceof Unfit) return null;
    throw error;
  }
}
