import { type Act, type Credentials, difference, type SavedShop } from "./acts.ts";
import { ChangeLog, type Stream, STREAMS } from "./change-log.ts";
import { blankBranch } from "./blank.ts";
import type { Branch, Category, Customer, Kind, Product, Row, RowOf, Stock } from "./objects.ts";
import { stockId } from "./objects.ts";
import { applyRecipe, type Recipe } from "./recipes.ts";
import { Rows } from "./rows.ts";

export interface Change<K extends Kind = Kind> {
  readonly kind: K;
  readonly before: RowOf[K] | undefined;
  readonly after: RowOf[K] | undefined;
}

interface ShopSurroundings {
  readonly now: () => number;
  readonly changed: () => void;
  /** Tells those who want to hear of it. */
  readonly tell: (shop: Shop, change: Change) => void;
  readonly forgetsReused: () => boolean;
}

/** One shop: its tables, and the way in which they came about. */
export class Shop {
  readonly categories = new Rows<Category>(11);
  readonly products = new Rows<Product>(9001);
  readonly inventory = new Rows<Stock>(1);
  readonly branches = new Rows<Branch>(1);
  readonly customers = new Rows<Customer>(7001);
  readonly log = new ChangeLog();
  readonly credentials: Credentials;
  readonly #acts: Act[] = [];
  readonly #idsByCode = new Map<string, number>();
  readonly #around: ShopSurroundings;
  /** Set while acts are repeated: the time at which they were done. */
  #at: number | undefined;
  #recording = true;
  #telling = true;

  constructor(credentials: Credentials, around: ShopSurroundings) {
    this.credentials = credentials;
    this.#around = around;
  }

  /** A shop is born with one branch. */
  open(): this {
    this.write("branches", blankBranch(this, "Chi nhánh trung tâm"));
    return this;
  }

  now(): number {
    return this.#at ?? this.#around.now();
  }

  productByCode(code: string): Product | undefined {
    const id = this.#idsByCode.get(code.toLowerCase());
    return id === undefined ? undefined : this.products.get(id);
  }

  stockOf(productId: number): Stock[] {
    return this.inventory.between(stockId(productId, 0), stockId(productId + 1, 0));
  }

  write<K extends Kind>(kind: K, row: RowOf[K]): void {
    const before = this.#rows(kind).put(row) as RowOf[K] | undefined;
    if (this.#around.forgetsReused()) this[kind].removed.delete(row.id);
    if (this.#recording) {
      const { id } = row;
      this.#acts.push({ at: this.now(), put: kind, row: { id, ...difference(before, row) } });
    }
    this.#happened({ kind, before, after: row });
  }

  erase(kind: Kind, id: number): void {
    const before = this[kind].drop(id, this.now());
    if (before === undefined) return;
    if (this.#recording) this.#acts.push({ at: this.now(), drop: kind, id });
    this.#happened({ kind, before, after: undefined });
  }

  /** Does many things that follow from a few numbers; the numbers are all that is saved. */
  follow(recipe: Recipe): number[] {
    this.#acts.push({ at: this.now(), recipe });
    return this.#follow(recipe, this.now(), recipe.tell);
  }

  save(): SavedShop {
    return { ...this.credentials, acts: this.#acts };
  }

  /** Repeats what was done, and tells nobody. */
  load(acts: readonly Act[]): void {
    this.#telling = false;
    this.#recording = false;
    for (const act of acts) {
      this.#at = act.at;
      this.#acts.push(act);
      if ("recipe" in act) this.#follow(act.recipe, act.at, false);
      else if ("drop" in act) this.erase(act.drop, act.id);
      else this.write(act.put, { ...this[act.put].get(act.row.id), ...act.row } as RowOf[Kind]);
    }
    this.#at = undefined;
    this.#recording = true;
    this.#telling = true;
  }

  #follow(recipe: Recipe, at: number, telling: boolean): number[] {
    const outside = { at: this.#at, recording: this.#recording, telling: this.#telling };
    this.#at = at;
    this.#recording = false;
    this.#telling = telling;
    try {
      return applyRecipe(this, recipe);
    } finally {
      ({ at: this.#at, recording: this.#recording, telling: this.#telling } = outside);
      this.#around.changed();
    }
  }

  #rows(kind: Kind): Rows<Row> {
    return this[kind];
  }

  #happened<K extends Kind>(change: Change<K>): void {
    const { kind, before, after } = change;
    if (kind === "products") this.#index(before as Product, after as Product);
    if (isStream(kind)) this.log.add({ at: this.now(), stream: kind, before, after } as never);
    if (this.#telling) this.#around.tell(this, change);
    if (this.#recording) this.#around.changed();
  }

  #index(before: Product | undefined, after: Product | undefined): void {
    if (before?.code === after?.code) return;
    if (before !== undefined) this.#idsByCode.delete(before.code.toLowerCase());
    if (after !== undefined) this.#idsByCode.set(after.code.toLowerCase(), after.id);
  }
}

function isStream(kind: Kind): kind is Stream {
  return (STREAMS as readonly string[]).includes(kind);
}
