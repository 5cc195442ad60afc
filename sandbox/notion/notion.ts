import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { type Bot, Bots, type SavedBots } from "./bots.ts";
import { newId } from "./ids.ts";
import type { Actor, Database, DataSource, Page, Parent, Person } from "./objects.ts";
import { PageHistory } from "./page-history.ts";
import { invalid } from "./errors.ts";
import type { Hook } from "./hooks.ts";
import { defaultSettings, type NotionSettings, notionSettings } from "./settings.ts";
import { Unseen } from "./unseen.ts";
import { type Subscription, Webhooks } from "./webhooks.ts";

interface NotionSurroundings {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly changed: () => void;
}

export interface SavedNotion {
  readonly settings: NotionSettings;
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly lastPage: number;
  readonly cursorGeneration: number;
  readonly people: Person[];
  readonly databases: Database[];
  readonly dataSources: DataSource[];
  readonly pages: Page[];
  readonly bots: SavedBots;
  readonly subscriptions: Subscription[];
}

const FIRST_PERSON = { name: "Anna", email: "anna@example.test" };

/** Everything the pretend Notion holds: one workspace. */
export class Notion {
  readonly databases = new Map<string, Database>();
  readonly dataSources = new Map<string, DataSource>();
  readonly pages = new Map<string, Page>();
  readonly people = new Map<string, Person>();
  readonly bots = new Bots();
  readonly history = new PageHistory();
  readonly webhooks: Webhooks;
  /** What persons will do between the calls of a client. */
  readonly hooks = new Map<string, Hook>();
  readonly unseen = new Unseen();
  readonly clock: Clock;
  readonly counters: Counters;
  readonly workspaceName = "Example";
  workspaceId = newId();
  /** The integration in whose settings webhooks are made. */
  integrationId = newId();
  settings: NotionSettings = defaultSettings();
  /** Cursors of an older generation are refused. */
  cursorGeneration = 0;
  #lastPage = 0;
  readonly #rows = new Map<string, Set<Page>>();
  readonly #changed: () => void;

  constructor({ clock, counters, changed }: NotionSurroundings) {
    this.clock = clock;
    this.counters = counters;
    this.#changed = changed;
    this.webhooks = new Webhooks(this);
    this.addPerson(FIRST_PERSON.name, FIRST_PERSON.email);
  }

  addPerson(name: string, email: string): Person {
    const person = { id: newId(), name, email };
    this.people.set(person.id, person);
    this.changed();
    return person;
  }

  /** The person who edits at the interface unless another is named. */
  person(id?: string): Actor {
    const person = id === undefined ? [...this.people.values()][0] : this.people.get(id);
    if (person === undefined) throw invalid(`There is no person ${id ?? ""} in the workspace.`);
    return { id: person.id, type: "person" };
  }

  nextPageNumber(): number {
    return (this.#lastPage += 1);
  }

  rows(dataSourceId: string): ReadonlySet<Page> {
    return this.#rows.get(dataSourceId) ?? new Set();
  }

  /** Puts a page where it belongs: a new one, or one whose parent is another now. */
  place(page: Page, before?: Parent): void {
    this.pages.set(page.id, page);
    if (before?.type === "data_source_id") this.#rows.get(before.id)?.delete(page);
    if (page.parent.type !== "data_source_id") return;
    const rows = this.#rows.get(page.parent.id) ?? new Set();
    this.#rows.set(page.parent.id, rows.add(page));
  }

  /** Removes a page for good: nothing can be found under its id again. */
  drop(page: Page): void {
    this.pages.delete(page.id);
    if (page.parent.type === "data_source_id") this.#rows.get(page.parent.id)?.delete(page);
  }

  dropDatabase(database: Database): void {
    for (const id of database.dataSources) {
      for (const page of this.rows(id)) this.pages.delete(page.id);
      this.#rows.delete(id);
      this.dataSources.delete(id);
    }
    this.databases.delete(database.id);
  }

  /** The object's id and those of everything above it. */
  chain(id: string): string[] {
    const dataSource = this.dataSources.get(id);
    if (dataSource !== undefined) return [id, ...this.chain(dataSource.databaseId)];
    const parent = this.pages.get(id)?.parent ?? this.databases.get(id)?.parent;
    if (parent === undefined) return [];
    return parent.type === "workspace" ? [id, "workspace"] : [id, ...this.chain(parent.id)];
  }

  /** Whether a bot was given the object, or the nearest thing above it that was given or taken. */
  canSee({ access }: Bot, id: string): boolean {
    const decided = this.chain(id).find((one) => access[one] !== undefined);
    return decided !== undefined && access[decided] === true;
  }

  /** Whether anything above the object is in the trash. */
  hasTrashedAncestor(id: string): boolean {
    return this.chain(id)
      .slice(1)
      .some(
        (one) =>
          (this.pages.get(one) ?? this.dataSources.get(one) ?? this.databases.get(one))?.inTrash ===
          true,
      );
  }

  /** A time as answers show it: without its seconds. */
  shownTime(at: number): string {
    const minutes = at / 60_000;
    const whole = this.settings.rounding === "cut" ? Math.floor(minutes) : Math.round(minutes);
    return new Date(whole * 60_000).toISOString();
  }

  /** How far behind the slowest reader is. */
  lagMs(): number {
    return Math.max(this.settings.readLagMs, this.settings.queryLagMs);
  }

  changed(): void {
    this.#changed();
  }

  reset(): void {
    for (const map of [this.databases, this.dataSources, this.pages, this.people, this.#rows])
      map.clear();
    this.bots.clear();
    this.history.clear();
    this.webhooks.clear();
    this.hooks.clear();
    this.unseen.clear();
    this.settings = defaultSettings();
    this.cursorGeneration = 0;
    this.#lastPage = 0;
    this.addPerson(FIRST_PERSON.name, FIRST_PERSON.email);
  }

  save(): SavedNotion {
    const { settings, workspaceId, integrationId, cursorGeneration } = this;
    return {
      settings,
      workspaceId,
      integrationId,
      cursorGeneration,
      lastPage: this.#lastPage,
      people: [...this.people.values()],
      databases: [...this.databases.values()],
      dataSources: [...this.dataSources.values()],
      pages: [...this.pages.values()],
      bots: this.bots.save(),
      subscriptions: [...this.webhooks.subscriptions.values()],
    };
  }

  load(saved: SavedNotion): void {
    this.settings = notionSettings.parse(saved.settings);
    this.workspaceId = saved.workspaceId;
    this.integrationId = saved.integrationId;
    this.cursorGeneration = saved.cursorGeneration;
    this.#lastPage = saved.lastPage;
    this.people.clear();
    for (const person of saved.people) this.people.set(person.id, person);
    for (const database of saved.databases) this.databases.set(database.id, database);
    for (const dataSource of saved.dataSources) this.dataSources.set(dataSource.id, dataSource);
    for (const page of saved.pages) this.place(page);
    this.bots.load(saved.bots);
    for (const one of saved.subscriptions) this.webhooks.subscriptions.set(one.id, one);
  }
}
