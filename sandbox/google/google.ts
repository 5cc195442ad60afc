import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import type { Account, AccessRole, Calendar, CalendarData, ListEntry } from "./calendar.ts";
import { EventStore, type SavedEvents } from "./event-store.ts";
import { rezoned } from "./event-view.ts";
import { Grants, type SavedGrants } from "./grants.ts";
import { type Channel, Push } from "./push.ts";
import { defaultSettings, type GoogleSettings, googleSettings } from "./settings.ts";
import type { EventResource } from "./event.ts";

interface GoogleSurroundings {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly changed: () => void;
}

interface NewCalendar {
  readonly id: string;
  readonly summary?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly accessRole?: AccessRole | undefined;
  readonly watchable?: boolean | undefined;
  readonly description?: string | undefined;
}

export interface SavedGoogle {
  readonly settings: GoogleSettings;
  readonly accounts: (Omit<Account, "list"> & { list: ListEntry[] })[];
  readonly calendars: { data: CalendarData; events: SavedEvents }[];
  readonly grants: SavedGrants;
  readonly channels: Channel[];
}

/** Everything the pretend Google holds. */
export class Google {
  readonly accounts = new Map<string, Account>();
  readonly calendars = new Map<string, Calendar>();
  readonly grants = new Grants();
  readonly push: Push;
  settings: GoogleSettings = defaultSettings();
  readonly clock: Clock;
  readonly counters: Counters;
  readonly #changed: () => void;

  constructor(surroundings: GoogleSurroundings) {
    this.clock = surroundings.clock;
    this.counters = surroundings.counters;
    this.#changed = surroundings.changed;
    this.push = new Push({
      clock: this.clock,
      counters: this.counters,
      settings: () => this.settings,
    });
  }

  addAccount(email: string, calendars: readonly NewCalendar[] = []): Account {
    const existing = this.accounts.get(email);
    const name = (email.split("@", 1)[0] ?? email).replaceAll(/[._-]+/g, " ");
    const sub = Array.from(email).reduce(
      (sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000_007,
      7,
    );
    const account = existing ?? {
      email,
      name,
      sub: `1000000${sub}`,
      list: new Map<string, ListEntry>(),
      lastChange: 0,
    };
    this.accounts.set(email, account);
    const primary = calendars.find(
      (calendar) => calendar.id === email || calendar.id === "primary",
    );
    if (existing === undefined || primary !== undefined)
      this.addCalendar(account, { ...primary, id: email });
    for (const calendar of calendars) if (calendar !== primary) this.addCalendar(account, calendar);
    this.changed();
    return account;
  }

  addCalendar(account: Account, wanted: NewCalendar): Calendar {
    const calendar = this.calendars.get(wanted.id) ?? this.#createCalendar(account, wanted);
    const accessRole =
      wanted.accessRole ?? (calendar.data.owner === account.email ? "owner" : "reader");
    this.enter(account, calendar.data.id, { accessRole });
    return calendar;
  }

  /** Puts a calendar on an account's list, or changes the entry. */
  enter(account: Account, calendarId: string, change: Partial<ListEntry>): ListEntry {
    const existing = account.list.get(calendarId);
    const entry: ListEntry = {
      calendarId,
      accessRole: "reader",
      own: {},
      ...existing,
      ...change,
      change: (account.lastChange += 1),
    };
    account.list.set(calendarId, entry);
    this.push.changed(`calendarList:${account.email}`);
    this.changed();
    return entry;
  }

  setTimeZone(calendar: Calendar, timeZone: string): void {
    calendar.data.timeZone = timeZone;
    calendar.events.rezone((resource) => rezoned<EventResource>(resource, timeZone));
    this.changed();
  }

  changed(): void {
    this.#changed();
  }

  reset(): void {
    this.push.clear();
    this.grants.clear();
    this.accounts.clear();
    this.calendars.clear();
    this.settings = defaultSettings();
    this.changed();
  }

  save(): SavedGoogle {
    return {
      settings: this.settings,
      accounts: [...this.accounts.values()].map((account) => ({
        ...account,
        list: [...account.list.values()],
      })),
      calendars: [...this.calendars.values()].map(({ data, events }) => ({
        data,
        events: events.save(),
      })),
      grants: this.grants.save(),
      channels: [...this.push.channels.values()],
    };
  }

  load(saved: SavedGoogle): void {
    this.settings = googleSettings.parse(saved.settings);
    for (const { list, ...account } of saved.accounts) {
      this.accounts.set(account.email, {
        ...account,
        list: new Map(list.map((entry) => [entry.calendarId, entry])),
      });
    }
    for (const { data, events } of saved.calendars) this.#hold(data).events.load(events);
    this.grants.load(saved.grants);
    for (const channel of saved.channels) this.push.channels.set(channel.id, channel);
  }

  #createCalendar(account: Account, wanted: NewCalendar): Calendar {
    const {
      id,
      summary = wanted.id,
      timeZone = "Europe/Amsterdam",
      watchable,
      description,
    } = wanted;
    const data: CalendarData = {
      id,
      owner: account.email,
      summary,
      timeZone,
      // Calendars that Google generates itself, such as public holidays, cannot be watched.
      watchable: watchable ?? !/#(holiday|contacts|weather)@/.test(id),
      etag: this.clock.now() * 2000,
      tokenGeneration: 0,
    };
    if (description !== undefined) data.description = description;
    return this.#hold(data);
  }

  #hold(data: CalendarData): Calendar {
    const events = new EventStore({
      now: () => this.clock.now(),
      timeZone: () => data.timeZone,
      readLagMs: () => this.settings.readLagMs,
      changed: () => {
        this.push.changed(data.id);
        this.#changed();
      },
    });
    const calendar = { data, events };
    this.calendars.set(data.id, calendar);
    return calendar;
  }
}
