import type { EventItem } from "../../sync/event.ts";
import type { RemoteChange } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import type { Api } from "./api.ts";
import { Missing } from "./errors.ts";
import { encoded, type Note } from "./note.ts";
import {
  noteOf,
  type PageTexts,
  readRow,
  runsOf,
  textRoles,
  type TextRole,
  toChange,
} from "./rows.ts";
import type { NotionPage, Runs } from "./schemas.ts";
import { inBody, type Mapping, propertyIds } from "./settings.ts";
import { Unfit } from "./unfit.ts";

/** From so many on, runs of a text may be missing from a page (reference: Page property item). */
const mostReferences = 25;

export interface Reader {
  /** An entry of an answer, completed by further calls where it shows only a part. */
  change(entry: unknown, signal: AbortSignal): Promise<RemoteChange<EventItem>>;
  /** The page of a write's answer. @throws InvalidResponse where it is none of this table */
  pageOf(entry: unknown): NotionPage;
  /** The page that was made with this key, copies apart; null where a search finds none. */
  madeWith(key: string, inTrash: boolean, signal: AbortSignal): Promise<Made | null>;
}

export interface Made {
  page: NotionPage;
  note: Note;
}

export function createReader(api: Api, mapping: Mapping): Reader {
  async function runs(page: NotionPage, role: TextRole, signal: AbortSignal): Promise<Runs> {
    const shown = runsOf(page, role, mapping);
    return shown.length < mostReferences ? shown : api.runs(page.id, mapping[role], signal);
  }

  async function texts(page: NotionPage, signal: AbortSignal): Promise<Record<TextRole, Runs>> {
    const all: Partial<Record<TextRole, Runs>> = {};
    for (const role of textRoles) all[role] = await runs(page, role, signal);
    return all as Record<TextRole, Runs>;
  }

  /** A page whose making was interrupted does not name itself yet; then neither do its copies. */
  async function isOriginal(page: NotionPage, signal: AbortSignal): Promise<boolean> {
    const note = noteOf(page, mapping);
    if (note === null) return false;
    if (note.pageId !== null) return note.pageId === page.id;
    if (note.key === null) return false;
    const made = await madeWith(note.key, false, signal);
    return made === null || made.page.id === page.id;
  }

  async function madeWith(key: string, inTrash: boolean, signal: AbortSignal) {
    const { rows } = await api.query(
      mapping.dataSourceId,
      {
        filter: { property: inBody(mapping.key), rich_text: { contains: encoded(key) } },
        sorts: [{ timestamp: "created_time", direction: "ascending" }],
        filter_properties: propertyIds(mapping),
        page_size: 100,
        in_trash: inTrash,
      },
      signal,
    );
    return originalOf(rows.results.flatMap((entry) => bearing(entry, key)));
  }

  /** The search only narrows down: text that merely contains the key is no key. */
  function bearing(entry: unknown, key: string): Made[] {
    const row = readRow(entry, mapping);
    if (row.page === null) return [];
    const note = noteOf(row.page, mapping);
    return note?.key === key && (note.pageId ?? row.page.id) === row.page.id
      ? [{ page: row.page, note }]
      : [];
  }

  return {
    madeWith,
    pageOf(entry) {
      const { page } = readRow(entry, mapping);
      if (page === null) throw new InvalidResponse("the answer of a write is no page of the table");
      return page;
    },
    async change(entry, signal) {
      const row = readRow(entry, mapping);
      if (row.change !== null) return row.change;
      const { page, base } = row;
      try {
        const complete: PageTexts = {
          texts: await texts(page, signal),
          isOriginal: await isOriginal(page, signal),
        };
        return toChange(page, base, complete, mapping);
      } catch (error) {
        if (error instanceof Unfit) return { ...base, state: "set-aside", reason: error.message };
        if (error instanceof Missing)
          return { ...base, state: "set-aside", reason: "the page went while it was read" };
        throw error;
      }
    },
  };
}

/** The one that names itself; before any does, the one that was made first. */
function originalOf(pages: readonly Made[]): Made | null {
  const named = pages.find(({ note }) => note.pageId !== null);
  const [first = null] = pages.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  return named ?? first;
}

function order({ page }: Made): string {
  return `${page.created_time} ${page.id}`;
}
